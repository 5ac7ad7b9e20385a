import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { digestOf } from '../exact/canonical.ts';
import { get, post } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Ask } from '../ui/ask.tsx';
import { Exact } from '../ui/exact.tsx';
import { Ago, Empty, Loaded, PageHead, StateChip } from '../ui/parts.tsx';
import type { ToolItem, ToolList, ToolPage } from '../wire.ts';

/** Tools of MCP servers: what of their definitions waits for somebody, and how it differs from what was accepted. */
export function ToolsPage(): VNode {
  const tools = useResource('tools', () => get<ToolList>('/v1/tools'));
  return (
    <main class="page">
      <PageHead title="Tools" />
      <Loaded of={tools} what="tools">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No tools yet">What an MCP server lists is written down here.</Empty>
          ) : (
            <ul class="cards wide">
              {items.map((one) => (
                <Tool key={one.server + one.tool} of={one} onDone={tools.reload} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </main>
  );
}

type Of<T> = { readonly of: T; readonly onDone: () => void };

function Tool({ of, onDone }: Of<ToolItem>): VNode {
  const { server, tool, pins, standing, offered } = of;
  const [isOpen, setOpen] = useState(false);
  const waiting = pins.findLast((one) => one.standing === 'suspended');
  const { pin, because, sightedAt } = waiting ?? { pin: offered, ...pins.at(-1) };
  const path = [server, tool].map(encodeURIComponent).join('/');
  return (
    <li>
      <div>
        <StateChip state={standing} /> <Exact text={`${server}/${tool}`} />{' '}
        <span class="dim">
          {waiting ? because : null} {sightedAt === undefined ? null : <Ago at={sightedAt} />}
        </span>
        {isOpen ? (
          <Review key={pin + pins.length} of={`/v1/tools/${path}?pin=${pin}`} onDone={onDone} />
        ) : null}
      </div>
      <p class="tools">
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Look
        </button>
      </p>
    </li>
  );
}

function Review({ of, onDone }: Of<string>): VNode {
  const read = useResource(of, () => get<ToolPage>(of));
  const [choice, setChoice] = useState<'accept' | 'refuse'>();
  return (
    <Loaded of={read} what="the difference">
      {({ view, seenDigest, may }) => (
        <>
          {view.suspicions.length > 0 ? <p>Suspicious: {view.suspicions.join(', ')}</p> : null}
          <Changes of={view.changes} />
          {may.review ? (
            <p class="page-tools">
              {(['accept', 'refuse'] as const)
                .filter((one) => !view.standing.startsWith(one))
                .map((one) => (
                  <button key={one} type="button" onClick={() => setChoice(one)}>
                    {VERBS[one]}…
                  </button>
                ))}
            </p>
          ) : null}
          {choice ? (
            <Ask
              title={`${VERBS[choice]} this definition?`}
              verb={VERBS[choice]}
              reason="required"
              onDo={async (reason) => {
                // ATTACKER: what is not shown would be accepted blindly; the digest is computed here, from what is shown
                if (seenDigest !== (await digestOf(view)))
                  throw new Error('this page does not show what is reviewed');
                const { server, tool, pin } = view;
                await post('/v1/tools/review', { server, tool, pin, choice, seenDigest, reason });
                read.reload();
                onDone();
              }}
              onClose={() => setChoice(undefined)}
            />
          ) : null}
        </>
      )}
    </Loaded>
  );
}

const VERBS = { accept: 'Accept', refuse: 'Refuse' } as const;
const TAGS = { same: 'span', added: 'ins', removed: 'del', changed: 'span' } as const;

const Changes = ({ of }: { readonly of: ToolPage['view']['changes'] }): VNode => (
  <dl>
    {of.map(({ path, is, before, after, pieces }) => (
      <div key={path}>
        <dt>
          <code>
            <Exact text={path} />
          </code>{' '}
          {is}
        </dt>
        <dd>
          {(pieces ?? [{ is, text: after ?? before ?? '' }]).map((one, i) => {
            const Tag = TAGS[one.is];
            return (
              <Tag key={i}>
                <Exact text={one.text} />
              </Tag>
            );
          })}
        </dd>
      </div>
    ))}
  </dl>
);
