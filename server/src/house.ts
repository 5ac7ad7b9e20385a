import {
  isId,
  StoreFailure,
  statusOf,
  type ActionId,
  type Admission,
  type Answer,
  type Approval,
  type Gatekeeper,
  type LedgerStore,
  type Proposal,
  type Released,
  type Result,
} from '@countersign/core';
import type { ActionStatus } from '@countersign/api';
import { createReports, RETRYABLE, type PutReport } from './house-reports.ts';
import { foldOf } from './http/folds.ts';
import { publicStatus } from './http/see.ts';
import type { Log } from './log.ts';

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

/** What differs from gate to gate. */
export type HouseOf<Run, Told> = {
  readonly type: string;
  readonly audience: string;
  readonly runOf: (released: Released, report: PutReport) => Run;
  readonly toldOf: (status: ActionStatus) => Told;
};

/** One gate's door to the gatekeeper. */
export type GateHouse<Run, Told> = {
  readonly admit: (proposal: Proposal) => Promise<Admission<Run, Told>>;
  readonly wait: (
    by: string,
    id: string,
    how: { readonly ms: number; readonly signal: AbortSignal },
  ) => Promise<Admission<Run, Told>>;
  readonly redeem: (by: string, id: string) => Promise<Admission<Run, Told>>;
  readonly cancel: (by: string, id: string) => Promise<void>;
  readonly byApproval: (by: string, approvalId: string) => Promise<string | undefined>;
  /** Resolves when every outcome that is known was told. */
  readonly told: () => Promise<void>;
  /** The last outcome could not be told. */
  readonly isBehind: () => boolean;
};

/** The house of a gate that runs here: the gatekeeper itself. Everything it cannot do is a refusal (R2). */
export function createGateHouse<Run, Told>(
  parts: HouseParts,
  of: HouseOf<Run, Told>,
): GateHouse<Run, Told> {
  type Answered = Admission<Run, Told>;
  const { gatekeeper, store, current } = parts;
  const { type, audience, toldOf } = of;
  const reports = createReports(parts, audience);

  const released = (one: Released): Answered => ({
    is: 'released',
    run: of.runOf(one, (report) => reports.put(one.actionId, report)),
  });
  const admitted = ({ status }: Pick<Answer, 'status'>): Answered => ({
    is: placeOf(status.state),
    status: toldOf(publicStatus(status)),
  });
  const admissionOf = (approval: Approval): Answered => {
    const status = statusOf(approval);
    return status ? admitted({ status }) : NOT_FOUND;
  };

  /** An action of this agent and this gate, as its entries tell. */
  const own = async (by: string, id: string): Promise<Approval | undefined> => {
    if (!isId('act', id)) return undefined;
    const approval = foldOf(await store.read(id));
    if (!approval) return undefined;
    const { lineage, actionType } = approval.proposed;
    return lineage.agent === by && actionType === type ? approval : undefined;
  };
  const standing = async (by: string, id: string): Promise<Answered> => {
    const approval = await own(by, id);
    return approval ? admissionOf(approval) : NOT_FOUND;
  };

  return {
    told: reports.told,
    isBehind: reports.isBehind,
    admit: (proposal) =>
      guarded(async () => {
        await current();
        const performed = await gatekeeper.perform(proposal, audience);
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
        const redeemed = await gatekeeper.redeem(answer.grant, audience);
        return redeemed.ok
          ? released(redeemed.value)
          : notRedeemed(redeemed, () => standing(by, id));
      }),
    cancel: async (by, id) => {
      await guarded(async () => {
        if (await own(by, id)) await gatekeeper.cancel(id as ActionId, by);
        return NOT_FOUND;
      });
    },
    byApproval: async (by, approvalId) => {
      if (!isId('apr', approvalId)) return undefined;
      const id = await store.byApproval(approvalId).catch(() => undefined);
      return id !== undefined && (await own(by, id).catch(() => undefined)) ? id : undefined;
    },
  };
}

const placeOf = (state: string): 'held' | 'ready' | 'ended' => {
  if (state === 'pending') return 'held';
  return state === 'approved' || state === 'allowed' ? 'ready' : 'ended';
};

type Refused = Extract<Admission<never, never>, { is: 'refused' }>;
const refused = (code: string, message: string, isRetryable = RETRYABLE.has(code)): Refused => ({
  is: 'refused',
  code,
  message,
  isRetryable,
});
const NOT_FOUND = refused('not-found', 'there is no such request of this agent');

/** A redeem that released nothing: where the action says why, its own word; else it may be tried again. */
async function notRedeemed<Run, Told>(
  redeemed: Extract<Result<unknown, string>, { ok: false }>,
  standing: () => Promise<Admission<Run, Told>>,
): Promise<Admission<Run, Told>> {
  const { error } = redeemed;
  if (RETRYABLE.has(error)) return refused(error, 'the gateway is busy; nothing ran, try again');
  const now = await standing();
  return now.is === 'ready' ? refused(error, 'the grant was not accepted; nothing ran') : now;
}

/** R2: whatever goes wrong here, nothing was released by it. */
async function guarded<A>(ask: () => Promise<A | Refused>): Promise<A | Refused> {
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
