import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { place } from '../app/router.ts';
import { checkIntegrity } from '../exact/integrity.ts';
import { count, drillText } from '../format/words.ts';
import { get, me, post, tellOf } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { useReading } from '../review/reading.ts';
import { Ask } from '../ui/ask.tsx';
import { Empty, Loaded, PageHead } from '../ui/parts.tsx';
import type { ApprovalPage, Choice, DecidedTogether } from '../wire.ts';
import { BatchItem, type Entry, type Result } from './batch-item.tsx';
import { whyNotTogether } from './together.ts';

const MOST = 50;

/** Several low-risk requests, each whole, each with its own digest, each answered by a vote of its own. */
export function BatchPage(): VNode {
  const ids = (place.value.query.get('ids') ?? '').split(',').filter((id) => /^[\w-]+$/.test(id));
  const wanted = ids.slice(0, MOST);
  const entries = useResource(wanted.join(), () => Promise.all(wanted.map(readEntry)));
  return (
    <main class="page">
      <PageHead title="Read together">
        <a href="/">Back to the inbox</a>
      </PageHead>
      {wanted.length === 0 ? (
        <Empty title="Nothing was chosen">Tick low-risk requests in the inbox first.</Empty>
      ) : (
        <Loaded of={entries} what="requests">
          {(read) => <Batch entries={read} />}
        </Loaded>
      )}
    </main>
  );
}

async function readEntry(id: string): Promise<Entry> {
  try {
    const page = await get<ApprovalPage>(`/v1/approvals/${id}`);
    const integrity = await checkIntegrity(page, id);
    const who = me.value;
    const why = integrity.ok
      ? typeof who === 'object'
        ? whyNotTogether(page, who, Date.now())
        : 'nobody is signed in'
      : integrity.why;
    return { id, page, ...(why === undefined ? {} : { why }) };
  } catch (error) {
    return { id, why: tellOf(error) };
  }
}

function Batch({ entries }: { readonly entries: readonly Entry[] }): VNode {
  const [results, setResults] = useState<Readonly<Record<string, Result>>>({});
  const [asked, setAsked] = useState<Choice>();
  const [block, { isReadToEnd }] = useReading(entries.map(({ id }) => id).join());
  const open = entries.filter(({ id, why }) => why === undefined && results[id] === undefined);
  const answerAll = async (choice: Choice, reason: string): Promise<void> => {
    const told = await answerTogether(open, choice, reason);
    setResults((before) => ({ ...before, ...told }));
  };
  return (
    <>
      <div ref={(element) => void (block.current = element)} class="batch">
        {entries.map((entry) => (
          <BatchItem key={entry.id} entry={entry} result={results[entry.id]} />
        ))}
      </div>
      <div class="bar open" data-covers="bottom" role="region" aria-label="Decision">
        <p class="bar-text" role="status">
          {open.length === 0
            ? 'Nothing here is left to answer.'
            : isReadToEnd
              ? `${count(open.length, 'request')}, a vote for each`
              : 'Read all of it to the end first'}
        </p>
        <div class="bar-buttons">
          <button
            type="button"
            class="danger"
            disabled={open.length === 0}
            onClick={() => setAsked('deny')}
          >
            Deny all…
          </button>
          <button
            type="button"
            class="primary"
            disabled={open.length === 0 || !isReadToEnd}
            onClick={() => setAsked('approve')}
          >
            Approve all…
          </button>
        </div>
      </div>
      {asked === undefined ? null : (
        <Ask
          title={`${asked === 'deny' ? 'Deny' : 'Approve'} ${count(open.length, 'request')}?`}
          verb={asked === 'deny' ? 'Deny all' : 'Approve all'}
          isGrave={asked === 'deny'}
          {...(asked === 'deny' ? { reason: 'required' as const } : {})}
          onDo={(reason) => answerAll(asked, reason)}
          onClose={() => setAsked(undefined)}
        >
          <ul class="phrases">
            {open.map(({ id, page }) => (
              <li key={id}>
                <b class="phrase">{page?.view?.phrase}</b> {page?.view?.action.type}
              </li>
            ))}
          </ul>
        </Ask>
      )}
    </>
  );
}

/** One answer to all that were read, each decided for itself; what came of each. */
async function answerTogether(
  open: readonly Entry[],
  choice: Choice,
  reason: string,
): Promise<Readonly<Record<string, Result>>> {
  const items = open.flatMap(({ id, page }) =>
    page ? [{ approvalId: id, version: page.version, seenDigest: page.seenDigest }] : [],
  );
  const why = reason.trim();
  const body = { choice, items, ...(why === '' ? {} : { reason: why }) };
  const told = await post<DecidedTogether>('/v1/approvals/votes', body);
  const yes = choice === 'deny' ? 'denied' : 'your yes is recorded';
  return Object.fromEntries(
    told.items.map((item) => [
      item.approvalId,
      'problem' in item
        ? { isDone: false, text: item.problem.title }
        : { isDone: true, text: item.status.drill ? drillText(item.status.drill) : yes },
    ]),
  );
}
