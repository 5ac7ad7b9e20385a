import type { Admission, CallStatus, House, Run, ToolCall } from '@countersign/gate-mcp';
import {
  GatewayUnreachable,
  Refused,
  type ActionStatus,
  type Client,
  type Released,
} from '@countersign/sdk';

/** A house that is reached over HTTP, and what it still has to tell. */
export type RemoteHouse = House & {
  /** Resolves when every report is told, or has failed. */
  readonly settled: () => Promise<void>;
};

const TYPE = 'mcp.tool-call';
const REMEMBERED = 1_000;

/**
 * The house of the shim: the gateway, as the agent's own credential sees it. Grants are redeemed by the agent itself, since it
 * runs the server; whatever the gateway does not answer is refused (R2).
 */
export function createRemoteHouse(
  client: Pick<Client, 'propose' | 'status' | 'wait' | 'redeem' | 'report'>,
  log: (line: string) => void,
): RemoteHouse {
  const reports = new Set<Promise<void>>();
  const actions = new Map<string, string>();
  const seen = (status: ActionStatus): ActionStatus => {
    if (status.approvalId !== undefined) actions.set(status.approvalId, status.id);
    const [oldest] = actions.keys();
    if (actions.size > REMEMBERED && oldest !== undefined) actions.delete(oldest);
    return status;
  };
  const report = (id: string, about: Parameters<Run['report']>[0]): void => {
    const telling = client
      .report(id, about)
      .then(
        () => undefined,
        () => log(`how ${id} ended could not be told; it becomes \`unknown\``),
      )
      .finally(() => reports.delete(telling));
    reports.add(telling);
  };
  const spend = async (status: ActionStatus): Promise<Admission> => {
    if (status.grant === undefined)
      return refused('not-redeemable', 'this agent may not redeem it; nothing ran');
    try {
      const released = await client.redeem(status.grant);
      return { is: 'released', run: runOf(released, (about) => report(released.actionId, about)) };
    } catch (error) {
      if (!(error instanceof Refused) || error.retryable) throw error;
      // R6: it may have been judged anew; its own word says why
      const now = admitted(seen(await client.status(status.id)));
      return now.is === 'ready' ? refused(error.code, 'the grant was not accepted') : now;
    }
  };
  return {
    admit: (call) =>
      guarded(async () => {
        const status = seen(await client.propose(proposalOf(call)));
        return status.state === 'allowed' ? spend(status) : admitted(status);
      }),
    wait: (_, id, { ms, signal }) =>
      guarded(async () => {
        let last: ActionStatus | undefined;
        const onProgress = (status: ActionStatus): void => void (last = seen(status));
        if (signal.aborted) return admitted(seen(await client.status(id)));
        try {
          return admitted(
            await client.wait(id, { timeoutMs: Math.max(0, ms), signal, onProgress }),
          );
        } catch (error) {
          if (signal.aborted && last) return admitted(last);
          throw error;
        }
      }),
    redeem: (_, id) =>
      guarded(async () => {
        const status = seen(await client.status(id));
        const isReady = status.state === 'approved' || status.state === 'allowed';
        return isReady ? spend(status) : admitted(status);
      }),
    byApproval: async (_, approvalId) => actions.get(approvalId),
    settled: async () => void (await Promise.allSettled(reports)),
  };
}

const proposalOf = ({ server, tool, pin, arguments: args, session }: ToolCall) => ({
  type: TYPE,
  resource: { type: 'McpServer', id: server },
  arguments: { tool, pin, arguments: args },
  rejoins: true,
  ...(session === undefined ? {} : { session: { id: session } }),
});

/** R3: what runs is what the gateway stored, never what was asked here. */
function runOf({ actionId, resource, arguments: stored }: Released, report: Run['report']): Run {
  const {
    tool,
    pin,
    arguments: args,
  } = stored as unknown as Pick<Run, 'tool' | 'pin' | 'arguments'>;
  return { actionId, server: resource.id, tool, pin, arguments: args, report };
}

function admitted(status: ActionStatus): Admission {
  const { id, resource, state, code, reasons, approvalId, reviewerNote } = status;
  const { retry, retryAt, expiresAt, waitingFor } = status;
  const told: CallStatus = {
    id,
    server: resource.id,
    state,
    code,
    reasons,
    ...(approvalId === undefined ? {} : { approvalId }),
    ...(reviewerNote === undefined ? {} : { reviewerNote }),
    ...(retry === undefined ? {} : { retry }),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(waitingFor === undefined ? {} : { waitingFor }),
  };
  if (state === 'pending') return { is: 'held', status: told };
  const isReady = state === 'approved' || state === 'allowed';
  return isReady ? { is: 'ready', status: told } : { is: 'ended', status: told };
}

const refused = (code: string, message: string, isRetryable = false): Admission => ({
  is: 'refused',
  code,
  message,
  isRetryable,
});

/** R2: whatever goes wrong here, nothing was released by it. */
async function guarded(ask: () => Promise<Admission>): Promise<Admission> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refused)
      return refused(error.code, error.problem.detail ?? error.code, error.retryable);
    if (error instanceof GatewayUnreachable)
      return refused('unreachable', 'the gateway cannot be reached; nothing ran', true);
    return refused('internal', 'the gate failed; nothing ran');
  }
}
