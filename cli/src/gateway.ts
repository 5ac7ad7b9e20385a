import type {
  ApprovalItem,
  ApprovalList,
  ApprovalPage,
  Decided,
  DecidedTogether,
  Explanation,
  Me,
  Voting,
  VotingTogether,
} from '@countersign/api';
import { createTransport, type ActionStatus, type Json } from '@countersign/sdk';
import type { Identity } from './credentials.ts';
import { Failure } from './command.ts';

/** The gateway as a person sees it. Nothing here is in the SDK: agents have no way to decide (R7). */
export type Gateway = {
  readonly url: string;
  readonly me: () => Promise<Me>;
  readonly list: (query: {
    state: 'pending' | 'all';
    limit?: number;
    before?: string;
  }) => Promise<ApprovalList>;
  /** What waits for the caller, newest first; not all of it where `next` says so. */
  readonly inbox: () => Promise<ApprovalList>;
  /** Changes of requests the caller may see, as server-sent events. */
  readonly changes: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  readonly page: (approvalId: string) => Promise<ApprovalPage>;
  readonly answer: (
    approvalId: string,
    control: 'votes' | 'confirmations',
    vote: Voting,
  ) => Promise<ActionStatus>;
  /** One answer to several, each decided for itself. */
  readonly together: (votes: VotingTogether) => Promise<DecidedTogether>;
  readonly edit: (approvalId: string, version: number, args: Json) => Promise<ActionStatus>;
  readonly revoke: (approvalId: string, reason?: string) => Promise<ActionStatus>;
  readonly close: (
    actionId: string,
    outcome: 'executed' | 'failed',
    note?: string,
  ) => Promise<ActionStatus>;
  readonly receipt: (actionId: string, disclose: boolean) => Promise<string>;
  readonly explanation: (actionId: string) => Promise<Explanation>;
  /** Ends the session of the token. */
  readonly signOut: () => Promise<void>;
};

/** Requests with one person's token. Answers are sent once: a person, not a retry loop, decides to try again. */
export function openGateway(identity: Identity): Gateway {
  const { url, json, text, stream } = createTransport(identity);
  const get = <T>(path: string): Promise<T> => json({ method: 'GET', path, tries: 3 });
  const post = <T>(path: string, body: object): Promise<T> =>
    json({ method: 'POST', path, body, headers: { 'countersign-channel': 'terminal' } });
  const decided = async (path: string, body: object): Promise<ActionStatus> =>
    (await post<Decided>(path, body)).status;
  const id = encodeURIComponent;
  return {
    url,
    signOut: async () => void (await json({ method: 'POST', path: '/auth/logout' })),
    me: () => get('/v1/me'),
    list: ({ state, limit = 50, before }) =>
      get(
        `/v1/approvals?state=${state}&limit=${limit}${before === undefined ? '' : `&before=${id(before)}`}`,
      ),
    inbox: () => get('/v1/approvals?state=pending&for=me&limit=100'),
    changes: (signal) =>
      stream({
        method: 'GET',
        path: '/v1/approvals/events',
        headers: { accept: 'text/event-stream' },
        signal,
      }),
    page: (approvalId) => get(`/v1/approvals/${id(approvalId)}`),
    answer: (approvalId, control, vote) =>
      decided(`/v1/approvals/${id(approvalId)}/${control}`, vote),
    together: (votes) => post('/v1/approvals/votes', votes),
    edit: (approvalId, version, args) =>
      post(`/v1/approvals/${id(approvalId)}/edit`, { version, arguments: args }),
    revoke: (approvalId, reason) =>
      decided(`/v1/approvals/${id(approvalId)}/revoke`, reason === undefined ? {} : { reason }),
    close: (actionId, outcome, note) =>
      decided(`/v1/actions/${id(actionId)}/close`, {
        outcome,
        ...(note === undefined ? {} : { note }),
      }),
    receipt: (actionId, disclose) =>
      text({
        method: 'GET',
        path: `/v1/actions/${id(actionId)}/receipt${disclose ? '?disclose=action' : ''}`,
        headers: { accept: 'text/plain' },
        tries: 3,
      }),
    explanation: (actionId) => get(`/v1/actions/${id(actionId)}/explanation`),
  };
}

const WHOLE = /^(?:apr|act)_[0-9a-z]{36}$/;
const SHORTEST = 4;

const MOST_PAGES = 20;

async function everyItem(
  gateway: Gateway,
  state: 'pending' | 'all',
): Promise<readonly ApprovalItem[]> {
  const items: ApprovalItem[] = [];
  let before: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await gateway.list({ state, limit: 100, ...(before ? { before } : {}) });
    items.push(...page.items);
    before = page.next;
    if (before === undefined) break;
  }
  return items;
}

/** The approval or action a shortened id means: the beginning or the end of exactly one that the caller may see. */
async function findItem(
  gateway: Gateway,
  text: string,
  state: 'pending' | 'all',
): Promise<Pick<ApprovalItem, 'approvalId' | 'actionId'>> {
  const short = text.replace(/^…/, '');
  const body = short.replace(/^a(?:pr|ct)_?…?/, '');
  if (body.length < SHORTEST)
    throw new Failure(
      'id-too-short',
      `\`${text}\` is too short; give at least ${SHORTEST} characters`,
      {
        exitCode: 2,
      },
    );
  const hits = (await everyItem(gateway, state)).filter(({ approvalId, actionId }) =>
    [approvalId, actionId].some((id) => id.endsWith(body) || id.slice(4).startsWith(body)),
  );
  const [only] = hits;
  if (only && hits.length === 1) return only;
  throw only
    ? new Failure('id-ambiguous', `\`${text}\` fits ${hits.length} requests`, {
        exitCode: 2,
        hint: `one of ${hits.map(({ approvalId }) => approvalId).join(', ')}`,
      })
    : new Failure(
        'not-found',
        `no ${state === 'pending' ? 'pending ' : ''}request fits \`${text}\``,
        {
          exitCode: 2,
          hint: `see \`countersign approvals list${state === 'pending' ? '' : ' --all'}\``,
        },
      );
}

/** The whole id of an approval. */
export const approvalIdOf = async (
  gateway: Gateway,
  text: string,
  state: 'pending' | 'all',
): Promise<string> =>
  WHOLE.test(text) && text.startsWith('apr_')
    ? text
    : (await findItem(gateway, text, state)).approvalId;

/** The whole id of an action. */
export const actionIdOf = async (gateway: Gateway, text: string): Promise<string> =>
  WHOLE.test(text) && text.startsWith('act_')
    ? text
    : (await findItem(gateway, text, 'all')).actionId;
