import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { digestOf } from '../exact/canonical.ts';
import { get, me, post } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { signedStatement } from '../review/answer.ts';
import { Ask } from '../ui/ask.tsx';
import { Exact } from '../ui/exact.tsx';
import { Empty, Loaded, PageHead, Section, StateChip } from '../ui/parts.tsx';
import type { OpenGlassList, WaiverItem, WaiverList } from '../wire.ts';

type Asked = { readonly what: 'endorse' | 'revoke'; readonly of: WaiverItem };

/** What need not be asked about for a while, and broken glass that waits for its review. */
export function WaiversPage(): VNode {
  const waivers = useResource('waivers', () => get<WaiverList>('/v1/waivers'));
  const open = useResource('open-glass', () => get<OpenGlassList>('/v1/break-glass'));
  const [asked, setAsked] = useState<Asked>();
  return (
    <main class="page">
      <PageHead title="Waivers" />
      <Loaded of={waivers} what="waivers">
        {({ items, names }) =>
          items.length === 0 ? (
            <Empty title="No waivers">“Remember this” on a request proposes one.</Empty>
          ) : (
            <ul class="cards">
              {items.map((one) => (
                <Waiver key={one.id} of={one} names={names} onAsk={setAsked} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {open.value && open.value.items.length > 0 ? (
        <Section title="Broken glass to be reviewed">
          <ul class="cards">
            {open.value.items.map((one) => (
              <li key={one.approvalId}>
                <a href={`/a/${one.approvalId}`}>{one.by}</a>{' '}
                {one.isOverdue ? <b>overdue</b> : 'due'} {new Date(one.reviewBy).toLocaleString()}
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      {asked ? (
        <Ask
          title={asked.what === 'revoke' ? 'Revoke it?' : 'Endorse it?'}
          verb={asked.what === 'revoke' ? 'Revoke' : 'Endorse'}
          {...(asked.what === 'revoke' ? { reason: 'required' as const } : {})}
          onDo={async (reason) => {
            await (asked.what === 'revoke'
              ? post(`/v1/waivers/${asked.of.id}/revoke`, { reason })
              : endorse(asked.of));
            waivers.reload();
          }}
          onClose={() => setAsked(undefined)}
        >
          <Terms of={asked.of} />
        </Ask>
      ) : null}
    </main>
  );
}

function Waiver({
  of,
  names,
  onAsk,
}: {
  readonly of: WaiverItem;
  readonly names: WaiverList['names'];
  readonly onAsk: (asked: Asked) => void;
}): VNode {
  return (
    <li>
      <div>
        <StateChip state={of.state} /> <a href={`/a/${of.approvalId}`}>{of.agent}</a>{' '}
        <span class="dim">
          {of.used} of {of.uses};{' '}
          {[of.by, ...of.endorsedBy].map((id) => names[id] ?? id).join(', ')}
        </span>
        <Terms of={of} />
      </div>
      <p class="tools">
        {of.may.endorse ? (
          <button type="button" onClick={() => onAsk({ what: 'endorse', of })}>
            Endorse…
          </button>
        ) : null}{' '}
        {of.may.revoke ? (
          <button type="button" onClick={() => onAsk({ what: 'revoke', of })}>
            Revoke…
          </button>
        ) : null}
      </p>
    </li>
  );
}

/** The terms, all of them. */
function Terms({ of: { view, until } }: { readonly of: WaiverItem }): VNode {
  if (!view) return <p class="dim">Erased: it lifts nothing.</p>;
  return (
    <>
      <p>
        <Exact text={view.headline} />
      </p>
      <p class="dim">
        <Exact text={JSON.stringify(view.arguments)} />
        {'; may differ: '}
        <Exact text={JSON.stringify(view.scope)} />
        {`; until ${new Date(until).toLocaleString()}, ${view.uses} times; “`}
        <Exact text={view.reason} />”
      </p>
    </>
  );
}

/** ATTACKER: terms other than those shown would be endorsed blindly; their digest is computed here, from what is shown. */
async function endorse({ id, view, termsDigest, approvalId, may }: WaiverItem): Promise<void> {
  if (!view || termsDigest !== (await digestOf(view)))
    throw new Error('this page does not show what is endorsed');
  const who = me.value;
  const isSigned = may.needs === 'passkey' || may.needs === 'hardware';
  const signed =
    isSigned && typeof who === 'object'
      ? await signedStatement(
          `/v1/waivers/${id}/statements`,
          { termsDigest },
          { approvalId, seenDigest: termsDigest, choice: 'approve', person: who.id },
          'waiver',
        )
      : {};
  await post(`/v1/waivers/${id}/endorse`, { termsDigest, ...signed });
}
