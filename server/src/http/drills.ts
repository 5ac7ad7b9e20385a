import type { DrillItem, DrillList } from '@countersign/api';
import {
  after,
  instant,
  isId,
  shown,
  statusOf,
  toIso,
  type ActionId,
  type StoredEntry,
} from '@countersign/core';
import type { Drills } from '../drills.ts';
import { placesOf, scan } from '../scan.ts';
import { json, personOf, type Handlers } from './exchange.ts';
import type { Folds } from './folds.ts';
import { namesOf } from './names.ts';
import { refuse, refused } from './refuse.ts';
import { mayAudit } from './report.ts';
import type { Visible } from './rights.ts';
import { toldTo, type Sight } from './see.ts';

const LOOKED_BACK_MS = 90 * 24 * 3_600_000;
const MOST = 100;

/** What came of drills, and asking one now. Nobody is told which of the requests that wait is one. */
export function drillRoutes(
  sight: Sight,
  { folds, drills }: { readonly folds: Pick<Folds, 'of'>; readonly drills: Drills },
): Pick<Handlers, 'drills' | 'runDrill'> {
  const known = createKnown(sight);
  return {
    drills: async (exchange) => {
      if (!mayAudit(sight, exchange)) return refuse(exchange, 'auditors-only');
      const ids = (await known()).slice(-MOST).toReversed();
      const all = await Promise.all(ids.map((id) => folds.of(id)));
      const items = await Promise.all(all.filter(isOver).map((one) => itemOf(sight, one)));
      const list: DrillList = {
        isConfigured: drills.isConfigured(),
        waiting: all.length - items.length,
        items,
        names: namesOf(
          sight.parts.directory(),
          items.map(({ by }) => by),
        ),
      };
      return json(200, list);
    },
    runDrill: async (exchange) => {
      const { caller, body } = exchange;
      const asked = await drills.run(personOf(exchange).id, body.template);
      if (asked.ok) return json(201, toldTo(caller, asked.value));
      const { error } = asked;
      return 'message' in error ? refused(exchange, error) : refuse(exchange, error.code);
    },
  };
}

const isOver = (one: Visible | undefined): one is Visible =>
  one !== undefined && one.state !== 'pending';

const DRILL = '"drill":true';

function drillOf({ stream, version, entry }: StoredEntry): ActionId | undefined {
  if (version !== 1 || !isId('act', stream) || !entry.includes(DRILL)) return undefined;
  return (JSON.parse(entry) as { readonly drill?: unknown }).drill === true ? stream : undefined;
}

/** Drills of the last 90 days, oldest first: what was read of the ledger once is not read again. */
function createKnown({ parts: { store, clock } }: Sight): () => Promise<readonly ActionId[]> {
  const ids: ActionId[] = [];
  let next: number | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const look = async (): Promise<void> => {
    const now = clock();
    const range = { from: instant(Math.max(0, after(now, -LOOKED_BACK_MS))), to: now };
    next ??= (await placesOf(store, range)).first;
    const { size } = await store.head();
    await scan(store, { first: next, end: size }, (entry) => {
      const id = drillOf(entry);
      if (id) ids.push(id);
      next = entry.seq + 1;
    });
  };
  return async () => {
    const mine = turn.then(look);
    turn = mine.catch(() => undefined);
    await mine;
    return ids;
  };
}

async function itemOf({ parts }: Sight, approval: Visible): Promise<DrillItem> {
  const { proposed, asked } = approval;
  const status = statusOf(approval);
  const last = 'last' in approval ? approval.last : proposed;
  const view = await shown(parts, proposed.actionId);
  const { type, id } = proposed.resource;
  return {
    actionId: proposed.actionId,
    ...(asked ? { approvalId: asked.approvalId } : {}),
    headline: view?.headline ?? proposed.actionType,
    type: proposed.actionType,
    resource: view?.action.resource ?? { type, id: parts.display.text(id) },
    askedAt: toIso(proposed.at),
    endedAt: toIso(last.at),
    result: status?.drill ?? 'skipped',
    ...('by' in last && typeof last.by === 'string' ? { by: last.by } : {}),
  };
}
