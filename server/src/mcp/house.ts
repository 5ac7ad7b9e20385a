import {
  isId,
  StoreFailure,
  statusOf,
  type ActionId,
  type Answer,
  type Approval,
  type Gatekeeper,
  type LedgerStore,
  type Released,
  type Result,
} from '@countersign/core';
import {
  GATE_AUDIENCE,
  TOOL_CALL,
  MCP_SERVER,
  type Admission,
  type CallStatus,
  type House,
  type Members,
  type Run,
  type ToolCall,
} from '@countersign/gate-mcp';
import { foldOf } from '../http/folds.ts';
import { publicStatus } from '../http/see.ts';
import { faultOf, type Log } from '../log.ts';

export type HouseParts = {
  readonly gatekeeper: Pick<
    Gatekeeper,
    'perform' | 'answer' | 'redeem' | 'report' | 'cancel' | 'watch'
  >;
  readonly store: Pick<LedgerStore, 'read' | 'byApproval'>;
  /** Resolves when this gateway has heard everything that is known of agents: a stop holds from the moment it was acknowledged. */
  readonly current: () => Promise<unknown>;
  readonly log: Pick<Log, 'error'>;
};

const REPORT_TRIES = 5;
/** Outcomes are told together, so that the calls that follow do not each wait behind the outcome of the one before. */
const REPORT_MS = 20;

type OwnHouse = House & {
  /** Resolves when every outcome that is known was told. */
  readonly told: () => Promise<void>;
};

/** The house of the MCP gate: the gatekeeper itself. Everything it cannot do is a refusal (R2). */
export function createHouse(parts: HouseParts): OwnHouse {
  const { gatekeeper, store, current } = parts;
  const reports = createReports(parts);

  const runOf = ({ actionId, resource, arguments: stored }: Released): Run => {
    const { tool, pin, arguments: args } = stored as { tool: string; pin: string } & Members;
    return {
      actionId,
      server: resource.id,
      tool,
      pin,
      arguments: args as Members,
      report: (report) => reports.put(actionId, report),
    };
  };
  const released = (one: Released): Admission => ({ is: 'released', run: runOf(one) });

  /** An action of this agent and this gate, as its entries tell. */
  const own = async (by: string, id: string): Promise<Approval | undefined> => {
    if (!isId('act', id)) return undefined;
    const approval = foldOf(await store.read(id));
    if (!approval) return undefined;
    const { lineage, actionType } = approval.proposed;
    return lineage.agent === by && actionType === TOOL_CALL ? approval : undefined;
  };
  const standing = async (by: string, id: string): Promise<Admission> => {
    const approval = await own(by, id);
    return approval ? admissionOf(approval) : NOT_FOUND;
  };

  return {
    told: reports.told,
    admit: (call) =>
      guarded(async () => {
        await current();
        const performed = await gatekeeper.perform(proposalOf(call), GATE_AUDIENCE);
        if (!performed.ok) return refused(performed.error.code, performed.error.message);
        const { released: run } = performed.value;
        return run ? released(run) : admitted(performed.value);
      }),
    wait: (by, id, how) =>
      guarded(async () => {
        const first = await standing(by, id);
        if (first.is !== 'held' || how.ms <= 0 || how.signal.aborted) return first;
        // listen first, look after: what happens in between is not missed
        const changed = nextChange(gatekeeper, id as ActionId, how);
        const seen = await standing(by, id);
        if (seen.is !== 'held') {
          changed.stop();
          return seen;
        }
        await changed.done;
        return standing(by, id);
      }),
    redeem: (by, id) =>
      guarded(async () => {
        await current();
        const approval = await own(by, id);
        if (!approval) return NOT_FOUND;
        const { state } = approval;
        if (state !== 'approved' && state !== 'allowed') return admissionOf(approval);
        const answer = await gatekeeper.answer(id as ActionId);
        if (answer?.grant === undefined) return standing(by, id);
        const redeemed = await gatekeeper.redeem(answer.grant, GATE_AUDIENCE);
        return redeemed.ok
          ? released(redeemed.value)
          : notRedeemed(redeemed, () => standing(by, id));
      }),
    byApproval: async (by, approvalId) => {
      if (!isId('apr', approvalId)) return undefined;
      const id = await store.byApproval(approvalId).catch(() => undefined);
      return id !== undefined && (await own(by, id).catch(() => undefined)) ? id : undefined;
    },
  };
}

const proposalOf = ({ agent, server, tool, pin, arguments: args, session }: ToolCall) => ({
  agent,
  type: TOOL_CALL,
  resource: { type: MCP_SERVER, id: server },
  arguments: { tool, pin, arguments: args },
  rejoins: true,
  ...(session === undefined ? {} : { session: { id: session } }),
});

function admissionOf(approval: Approval): Admission {
  const status = statusOf(approval);
  return status ? admitted({ status }) : NOT_FOUND;
}

function admitted({ status: { state }, status }: Pick<Answer, 'status'>): Admission {
  const told: CallStatus = { ...publicStatus(status), server: status.resource.id };
  if (state === 'pending') return { is: 'held', status: told };
  return state === 'approved' || state === 'allowed'
    ? { is: 'ready', status: told }
    : { is: 'ended', status: told };
}

const refused = (code: string, message: string, isRetryable = RETRYABLE.has(code)): Admission => ({
  is: 'refused',
  code,
  message,
  isRetryable,
});
const RETRYABLE: ReadonlySet<string> = new Set(['busy', 'overloaded', 'unreachable']);
const NOT_FOUND = refused('not-found', 'there is no such request of this agent');

/** A redeem that released nothing: where the action says why, its own word; else it may be tried again. */
async function notRedeemed(
  redeemed: Extract<Result<unknown, string>, { ok: false }>,
  standing: () => Promise<Admission>,
): Promise<Admission> {
  const { error } = redeemed;
  if (RETRYABLE.has(error)) return refused(error, 'the gateway is busy; nothing ran, try again');
  const now = await standing();
  return now.is === 'ready' ? refused(error, 'the grant was not accepted; nothing ran') : now;
}

/** R2: whatever goes wrong here, nothing was released by it. */
async function guarded(ask: () => Promise<Admission>): Promise<Admission> {
  try {
    return await ask();
  } catch (error) {
    return error instanceof StoreFailure
      ? refused(error.code, 'the ledger cannot be reached; nothing ran', error.retryable)
      : refused('internal', 'the gateway failed; nothing ran', false);
  }
}

function nextChange(
  gatekeeper: Pick<Gatekeeper, 'watch'>,
  id: ActionId,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
): { readonly done: Promise<void>; readonly stop: () => void } {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    unwatch();
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    resolve();
  };
  const unwatch = gatekeeper.watch(id, stop);
  const timer = setTimeout(stop, ms);
  signal.addEventListener('abort', stop, { once: true });
  return { done, stop };
}

type Report = Parameters<Run['report']>[0];

/** Outcomes that wait a moment to be told together. */
function createReports(parts: HouseParts) {
  const waiting: (readonly [ActionId, Report])[] = [];
  let timer: NodeJS.Timeout | undefined;
  const telling = new Set<Promise<void>>();
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const [id, report] of waiting.splice(0)) {
      const one = tell(parts, id, report).finally(() => telling.delete(one));
      telling.add(one);
    }
  };
  return {
    put: (id: ActionId, report: Report): void => {
      waiting.push([id, report]);
      timer ??= setTimeout(flush, REPORT_MS);
    },
    told: async (): Promise<void> => {
      flush();
      await Promise.all(telling);
    },
  };
}

/** Tells the ledger how it ended, after the caller has its answer. What cannot be told becomes `unknown` (R4). */
async function tell({ gatekeeper, log }: HouseParts, id: ActionId, report: Report): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      const told = await gatekeeper.report(id, GATE_AUDIENCE, report);
      if (told.ok || !RETRYABLE.has(told.error)) return;
      if (tried === REPORT_TRIES)
        return log.error('report-failed', { action: id, code: told.error });
    } catch (error) {
      if (tried === REPORT_TRIES || !(error instanceof StoreFailure) || !error.retryable)
        return log.error('report-failed', { action: id, ...faultOf(error) });
    }
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** tried));
  }
}
