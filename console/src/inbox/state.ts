import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { tell } from '../app/tell.ts';
import { count, RISKS } from '../format/words.ts';
import { get } from '../http/client.ts';
import { onChange, type Change } from '../http/live.ts';
import type { ApprovalItem, ApprovalList } from '../wire.ts';

export type Tab = 'me' | 'waiting' | 'decided';
export type Filter = { readonly risk: string; readonly agent: string };
type Page = {
  readonly items: readonly ApprovalItem[];
  readonly names: Readonly<Record<string, string>>;
  readonly next?: string;
  readonly isLoading: boolean;
  readonly error?: unknown;
};

const NOTHING: Page = { items: [], names: {}, isLoading: true };
const PAGE = 100;

export const tab: Signal<Tab> = signal('me');
export const filter: Signal<Filter> = signal({ risk: '', agent: '' });
export const page: Signal<Page> = signal(NOTHING);
/** Those chosen to be read together: only low risks can be. */
export const chosen: Signal<ReadonlySet<string>> = signal(new Set());
export const waitingForMe: Signal<{ readonly count: number; readonly isMore: boolean }> = signal({
  count: 0,
  isMore: false,
});

/** The rows in the order they are worth reading: what ends first, then the gravest; the decided by when. */
export const rows: ReadonlySignal<readonly ApprovalItem[]> = computed(() =>
  tab.value === 'decided' ? page.value.items : page.value.items.toSorted(byUrgency),
);

function byUrgency(a: ApprovalItem, b: ApprovalItem): number {
  const byEnd = Date.parse(a.expiresAt) - Date.parse(b.expiresAt);
  // within the same minute the risk decides
  if (Math.abs(byEnd) >= 60_000) return byEnd;
  return RISKS.indexOf(b.risk) - RISKS.indexOf(a.risk) || byEnd;
}

function addressOf(which: Tab, { risk, agent }: Filter, before?: string): string {
  const query = new URLSearchParams({
    state: which === 'decided' ? 'decided' : 'pending',
    for: which === 'me' ? 'me' : 'anyone',
    limit: String(PAGE),
  });
  if (risk !== '') query.set('risk', risk);
  if (agent.trim() !== '') query.set('agent', agent.trim());
  if (before !== undefined) query.set('before', before);
  return `/v1/approvals?${query}`;
}

let turn = 0;
let beganAt = 0;
const FRESH_MS = 2_000;

/** Reads the list unless that was begun a moment ago: the page begins it before it knows who looks. */
export function ensureRows(): void {
  if (performance.now() - beganAt > FRESH_MS || beganAt === 0) void loadRows();
}

/** Reads the list anew. */
export async function loadRows(): Promise<void> {
  const mine = ++turn;
  beganAt = performance.now();
  page.value = { ...page.value, isLoading: true };
  const [which, wanted] = [tab.value, filter.value];
  try {
    const found = await get<ApprovalList>(addressOf(which, wanted));
    if (mine !== turn) return;
    page.value = { ...found, isLoading: false };
    if (which === 'me' && wanted.risk === '' && wanted.agent === '') noteWaiting(found);
  } catch (error) {
    if (mine === turn) page.value = { ...page.value, isLoading: false, error };
  }
}

/** Reads the page after the last. A page may be empty while there is a next one. */
export async function loadMore(): Promise<void> {
  const { next, isLoading, items, names } = page.value;
  if (next === undefined || isLoading) return;
  const mine = turn;
  page.value = { ...page.value, isLoading: true };
  try {
    const more = await get<ApprovalList>(addressOf(tab.value, filter.value, next));
    if (mine !== turn) return;
    const known = new Set(items.map(({ approvalId }) => approvalId));
    const fresh = more.items.filter(({ approvalId }) => !known.has(approvalId));
    const { next: after } = more;
    page.value = {
      items: [...items, ...fresh],
      names: { ...names, ...more.names },
      isLoading: false,
      ...(after === undefined ? {} : { next: after }),
    };
  } catch (error) {
    if (mine === turn) page.value = { ...page.value, isLoading: false, error };
  }
}

/** Another tab or filter. */
export function show(which: Tab, wanted: Filter = filter.value): void {
  if (which !== tab.value) page.value = NOTHING;
  tab.value = which;
  filter.value = wanted;
  chosen.value = new Set();
  void loadRows();
}

function noteWaiting({ items, next }: ApprovalList): void {
  const before = waitingForMe.value.count;
  waitingForMe.value = { count: items.length, isMore: next !== undefined };
  if (items.length > before && before > 0)
    tell(`${count(items.length - before, 'new request')} for you`);
}

async function refreshWaiting(): Promise<void> {
  const found = await get<ApprovalList>(addressOf('me', { risk: '', agent: '' })).catch(
    () => undefined,
  );
  if (found) noteWaiting(found);
}

const SETTLE_MS = 250;

/** Keeps list and count as the gateway has them, until the returned function is called. */
export function follow(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void refreshHead();
    }, SETTLE_MS);
  };
  const stop = onChange((change) => {
    if (change) drop(change);
    soon();
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

/** What is settled leaves the lists of what waits at once. */
function drop({ approvalId, state }: Change): void {
  if (state === 'pending' || tab.value === 'decided') return;
  const items = page.value.items.filter((one) => one.approvalId !== approvalId);
  if (items.length !== page.value.items.length) page.value = { ...page.value, items };
}

/** The first page again; what lies beyond it stays until it is scrolled to. */
async function refreshHead(): Promise<void> {
  const mine = turn;
  const { items } = page.value;
  if (tab.value !== 'me') await refreshWaiting();
  if (items.length <= PAGE) return loadRows();
  const head = await get<ApprovalList>(addressOf(tab.value, filter.value)).catch(() => undefined);
  if (!head || mine !== turn) return;
  const fresh = new Map(head.items.map((one) => [one.approvalId, one]));
  const rest = page.value.items.filter(({ approvalId }) => !fresh.has(approvalId));
  page.value = {
    ...page.value,
    items: [...head.items, ...rest],
    names: { ...page.value.names, ...head.names },
  };
  if (tab.value === 'me') noteWaiting({ items: page.value.items, names: {} });
}

/** Chooses a request for reading several together, or no longer. */
export function choose(approvalId: string, isChosen: boolean): void {
  const next = new Set(chosen.value);
  if (isChosen) next.add(approvalId);
  else next.delete(approvalId);
  chosen.value = next;
}

/** Only what is low risk, waits and is this person's to answer may be read and answered with others. */
export const mayChoose = ({
  risk,
  state,
  may,
}: Pick<ApprovalItem, 'risk' | 'state' | 'may'>): boolean =>
  risk === 'low' && state === 'pending' && may.vote;
