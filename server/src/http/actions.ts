import type { Reporting } from '@countersign/api';
import { isId, toIso } from '@countersign/core';
import { sendEvents } from './events.ts';
import { json, personOf, type Exchange, type Handlers, type Reply } from './exchange.ts';
import { refuse, refused } from './refuse.ts';
import { see, seeStatus, toldTo, type Sight } from './see.ts';
import type { Waits } from './waits.ts';

type ActionRoutes = Pick<
  Handlers,
  'propose' | 'action' | 'actionEvents' | 'cancel' | 'redeem' | 'report' | 'close'
>;

const KEY = /^[\x20-\x7e]{1,255}$/;

/** Hears which trace a caller says it was in when it proposed. */
export type Called = (action: string, traceparent: unknown) => void;

/** The agent's side: propose, wait, redeem, report. */
export function actionRoutes(sight: Sight, waits: Waits, called: Called): ActionRoutes {
  const { gatekeeper, parts } = sight;
  return {
    propose: (exchange) => propose(sight, exchange, called),
    action: (exchange) => awaitAction(sight, waits, exchange),
    actionEvents: async (exchange) => {
      const { caller, param } = exchange;
      if (!isId('act', param) || !(await see(sight, caller, param)))
        return refuse(exchange, 'not-found');
      const wait = waits.open(param, caller.id, exchange.response);
      if (!wait) return refuse(exchange, 'overloaded');
      return sendEvents(exchange, wait, () => seeStatus(sight, caller, param));
    },
    cancel: async (exchange) => {
      const { caller, param } = exchange;
      if (!isId('act', param) || !(await see(sight, caller, param)))
        return refuse(exchange, 'not-found');
      const changed = await gatekeeper.cancel(param, caller.id);
      return changed.ok
        ? json(200, toldTo(caller, changed.value))
        : refused(exchange, changed.error);
    },
    redeem: async (exchange) => {
      const released = await gatekeeper.redeem(exchange.body.grant, exchange.caller.id);
      if (!released.ok) return refused(exchange, released.error);
      return json(200, { ...released.value, deadline: toIso(released.value.deadline) });
    },
    report: async (exchange) => {
      const { caller, param } = exchange;
      if (!isId('act', param) || !(await see(sight, caller, param)))
        return refuse(exchange, 'not-found');
      const report = masked(exchange.body, parts.display.text);
      const changed = await gatekeeper.report(param, caller.id, report);
      return changed.ok
        ? json(200, toldTo(caller, changed.value))
        : refused(exchange, changed.error);
    },
    close: async (exchange) => {
      const { caller, param, body } = exchange;
      if (!isId('act', param) || !(await see(sight, caller, param)))
        return refuse(exchange, 'not-found');
      const { outcome, note } = body;
      const changed = await gatekeeper.close(param, personOf(exchange), outcome, note);
      if (!changed.ok) return refused(exchange, changed.error);
      return json(200, { status: toldTo(caller, changed.value) });
    },
  };
}

async function propose(
  { gatekeeper }: Sight,
  exchange: Exchange<'propose'>,
  called: Called,
): Promise<Reply> {
  const { caller, body, request } = exchange;
  const key = request.headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || !KEY.test(key)))
    return refuse(exchange, 'invalid-request', {
      path: 'Idempotency-Key',
      detail: 'must be 1 to 255 printable ASCII characters',
    });
  const proposed = await gatekeeper.propose({
    ...body,
    agent: caller.id,
    ...(key === undefined ? {} : { idempotencyKey: key }),
  });
  if (!proposed.ok) return refused(exchange, proposed.error);
  const status = toldTo(caller, proposed.value);
  called(status.id, request.headers['traceparent']);
  return json(status.state === 'pending' ? 202 : 201, status);
}

/** Answers at once unless the action is pending, then as soon as it is not, or after `wait`, or when we stop. */
async function awaitAction(
  sight: Sight,
  waits: Waits,
  exchange: Exchange<'action'>,
): Promise<Reply> {
  const { caller, param, query, response } = exchange;
  const seconds = Number(query['wait'] ?? 0);
  if (seconds === 0 || !isId('act', param)) return lookedAt(exchange, await seeNow());
  const wait = waits.open(param, caller.id, response);
  if (!wait) return refuse(exchange, 'overloaded');
  try {
    for (let until = performance.now() + seconds * 1_000; ;) {
      const status = await seeNow();
      const left = until - performance.now();
      if (status?.state !== 'pending' || left <= 0) return lookedAt(exchange, status);
      const why = await wait.next(left);
      if (why === 'gone') return 'taken';
      if (why !== 'changed') until = 0; // one last look
    }
  } finally {
    wait.close();
  }
  async function seeNow(): ReturnType<typeof seeStatus> {
    return seeStatus(sight, caller, param);
  }
}

const lookedAt = (
  exchange: Exchange<'action'>,
  status: Awaited<ReturnType<typeof seeStatus>>,
): Reply => (status ? json(200, status) : refuse(exchange, 'not-found'));

/** What an executor writes is masked again here: the ledger keeps it for ever (R9). */
const masked = ({ summary, ...report }: Reporting, mask: (text: string) => string): Reporting =>
  summary === undefined
    ? report
    : {
        ...report,
        // the cut may fall within a character, and half of one has no canonical form
        summary: mask(summary).slice(0, 4_096).toWellFormed(),
      };
