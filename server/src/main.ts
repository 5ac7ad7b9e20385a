import {
  createAttention,
  createGatekeeper,
  createWaiverBook,
  NO_MASKING_POLICY,
  random,
  type Gate,
  type MaskingPolicy,
  type Parts,
  type StoreFailure,
} from '@countersign/core';
import { createMcpGate } from '@countersign/gate-mcp';
import { createPolicyEngine } from '@countersign/policy';
import { tellShadowed } from './agents.ts';
import type { InForce } from './config/audit.ts';
import type { Config } from './config/config.ts';
import { channelMounts } from './channels/mounts.ts';
import { addressesOf } from './channels/addresses.ts';
import { openChannels } from './channels/open.ts';
import { createDisplay } from './display.ts';
import { followAttention } from './followers/attention.ts';
import { openDrills } from './drills.ts';
import { followPolicies, keptSet, listOf, loadPolicies, recordSet } from './followers/policies.ts';
import { createReconciler } from './followers/reconciler.ts';
import { followRoster } from './followers/roster.ts';
import { createApp } from './http/app.ts';
import { createFolds } from './http/folds.ts';
import { openLedger } from './ledger.ts';
import { createCallable } from './mcp/callable.ts';
import { openMcp } from './mcp/open.ts';
import { createToolRegistry } from './mcp/tools.ts';
import { listenForAgents } from './listen-agents.ts';
import { authorityOf, listen } from './listen.ts';
import { createLive } from './live.ts';
import { faultOf, type Log } from './log.ts';
import { measuredJudge } from './measured.ts';
import { observe } from './observe.ts';
import { openPasskeys } from './passkeys.ts';
import { openDoors, openPeople } from './people.ts';
import { openPush } from './push.ts';
import { preparePostgres } from './postgres/load.ts';
import { publicUrlOf, settingsOf, VERSION } from './settings.ts';
import type { Troubles } from './troubles.ts';

/** A running gateway. */
export type Gateway = {
  readonly url: string;
  /** Where agents come with certificates. */
  readonly agentsUrl?: string;
  /** Where clients of databases come. */
  readonly postgresPort?: number;
  /** Resolves when it has stopped; with the failure if it had to. */
  readonly ended: Promise<StoreFailure | undefined>;
  /** Puts another directory in force, and settles what nobody can answer any more. */
  readonly replace: (next: InForce) => Promise<void>;
  /** Takes no more work, answers everyone who waits, closes everything in reverse. */
  readonly stop: () => Promise<void>;
};

const DRAIN_MS = 10_000;

/** THE COMPOSITION: opens everything in order, and closes it in reverse. Throws when something cannot be opened. */
export async function start(
  config: Config,
  first: InForce,
  {
    log,
    troubles,
    env = {},
  }: {
    readonly log: Log;
    readonly troubles: Troubles;
    /** What programs that are started find paths in. */
    readonly env?: Readonly<Record<string, string | undefined>>;
  },
): Promise<Gateway> {
  await using opening = new AsyncDisposableStack();
  let stopping: Promise<void> | undefined;
  const dir = config.policies;
  // once it is broken: those who wait for it get their answer, then the process has to go
  const onFailed = (): void => void setImmediate(() => void stop());
  const ledger = await openLedger(config, { opening, log, troubles, onFailed });
  const { clock, keys, checkpointer } = ledger;
  const { store, leases, figures, checks, called, configuration } = await observe({
    config,
    ledger,
    troubles,
    log,
    opening,
    judge: { judge: (question) => engine.judge(question) },
    waiters: () => app.waiters(),
    policies: () => engine.current().policies.length,
    recycled: () => engine.recycled(),
    isStopping: () => stopping !== undefined,
    further: () => [...mcp.probes(), ...(postgresGate?.probes() ?? [])],
  });
  const people = await openPeople({ store, clock, keys, opening, log });
  const { roster, profiles } = people;
  let inForce = first;
  const masking = (): MaskingPolicy => inForce.masking ?? NO_MASKING_POLICY;
  let live = createLive(first, roster.now, profiles, clock);
  tellShadowed(log, first.config, roster.now());
  const groups = (): ReturnType<typeof live.groups> => live.groups();
  const set = await loadPolicies(dir, groups());
  await recordSet(store, set, clock);
  await configuration.record(first);
  const engine = await createPolicyEngine({ set });
  opening.defer(engine.close);

  const mcpGate: Gate = createMcpGate({
    // the registry reads the ledger first; nothing is proposed before it did
    find: (server, name) => tools.find(server, name),
    isMounted: (server) => inForce.config.mcp.servers.some(({ name }) => name === server),
  });
  const postgres = await preparePostgres(config);
  const core: Parts = {
    store,
    judge: measuredJudge(engine, figures),
    directory: () => live.directory(),
    clock,
    random,
    gateOf: (type) =>
      [mcpGate, postgres?.gate].find((gate) => gate?.types.has(type)) ?? live.gateOf(type),
    display: createDisplay(keys.fingerprint, masking),
    secrets: { masterKey: keys.master, fingerprintKey: keys.fingerprint },
    grantKey: keys.grant,
    attention: createAttention(config.limits.attentionPerReviewer),
    settings: settingsOf(config, ledger),
  };
  const waivers = await createWaiverBook(core);
  opening.defer(waivers.close);
  const parts: Parts = { ...core, waivers };
  const gatekeeper = createGatekeeper(parts);
  const onFailure = (error: unknown): void => log.error('reconcile-failed', faultOf(error));
  const reconciler = createReconciler({ gatekeeper, store, clock, leases, onFailure });
  opening.defer(reconciler.stop);
  opening.defer(
    await followAttention({
      parts,
      onFailure: (error) => log.error('attention-failed', faultOf(error)),
    }),
  );
  opening.defer(followRoster(roster, gatekeeper, onFailure));
  await reconciler.run(); // what became due while nobody was here
  const policies = followPolicies({ dir, groups, engine, store, clock, log, troubles });
  opening.defer(policies.close);

  const publicUrl = publicUrlOf(config);
  const { who, signIn, agents, chats, mounts, recheck } = openDoors({
    leases,
    config: () => inForce.config,
    publicUrl,
    store,
    clock,
    keys,
    people,
    directory: () => live.directory(),
    bearer: (header) => live.authenticate(header),
    shown: parts.display.text,
    isDraining: () => stopping !== undefined,
    troubles,
    log,
    opening,
  });
  const passkeys = await openPasskeys({
    config,
    publicUrl,
    origin: parts.settings.origin,
    store,
    clock,
    keys,
    roster,
    directory: () => live.directory(),
    log,
  });
  const push = openPush({
    config,
    publicUrl,
    parts,
    leases,
    figures,
    onFailure: (error) => log.error('push-failed', faultOf(error)),
    opening,
  });
  const tools = await createToolRegistry({
    store,
    clock,
    firstSight: (server) =>
      inForce.config.mcp.servers.find(({ name }) => name === server)?.firstSight ?? 'accept',
    onFailure: (error) => log.error('tools-failed', faultOf(error)),
  });
  opening.defer(tools.close);
  const drills = openDrills({ config: () => inForce.config, parts, gatekeeper, leases, log });
  opening.defer(drills.stop);
  const folds = createFolds(store);
  opening.defer(folds.close);
  const sight = { parts, gatekeeper, access: () => live.access };
  const channels = await openChannels({
    sight,
    folds,
    accounts: chats.accounts,
    roster,
    recheck,
    publicUrl,
    config,
    parts,
    routing: () => inForce.routing,
    addressOf: addressesOf(() => inForce.config, profiles),
    leases,
    figures,
    troubles,
    log,
    opening,
  });
  const mcp = openMcp({
    config: () => inForce.config,
    masking,
    env,
    publicUrl,
    keys,
    gatekeeper,
    store,
    current: roster.current,
    who,
    tools,
    ...createCallable({
      judge: engine,
      policies: engine.current,
      directory: parts.directory,
      clock,
      timeZone: parts.settings.timeZone,
      find: tools.find,
    }),
    figures,
    log,
    opening,
  });
  const postgresGate = await postgres?.open({
    inForce: () => inForce,
    grounds: [engine.current, () => live, () => live.directory()],
    publicUrl,
    keys,
    gatekeeper,
    store,
    current: roster.current,
    who,
    roster,
    directory: () => live.directory(),
    clock,
    figures,
    log,
    opening,
  });
  const app = createApp({
    drills,
    channels,
    sight,
    who,
    signIn,
    agents,
    chats,
    passkeys,
    roster,
    push,
    waivers,
    tools,
    mounts: [...mounts, ...channelMounts(channels.conversations), ...mcp.mounts],
    folds,
    recheck,
    current: roster.current,
    checkpointer,
    trust: ledger.trust,
    policySet: engine.current,
    policies: () => listOf(engine.current()),
    policyFolder: dir,
    keptSet: (digest) => keptSet(store, digest),
    checks,
    called,
    metrics: figures,
    log,
    publicUrl,
    bodyBytes: config.limits.bodyBytes,
    version: VERSION,
  });
  const socket = await listen(app, config.listen);
  opening.defer(socket.close);
  const agentsSocket = await listenForAgents(app, config.agentsTls, { log, troubles });
  if (agentsSocket) opening.defer(agentsSocket.close);

  const running = opening.move();
  const { promise: ended, resolve: end } = Promise.withResolvers<StoreFailure | undefined>();
  const rest = async (): Promise<void> => {
    log.info('stopping', { waiters: app.waiters() });
    socket.stop();
    agentsSocket?.stop();
    mcp.stop();
    const left = postgresGate?.stop();
    await app.drain(DRAIN_MS);
    await left;
    await running
      .disposeAsync()
      .catch((error: unknown) => log.error('stop-failed', faultOf(error)));
    log.info('stopped');
    log.flush();
    end(ledger.failure());
  };
  const stop = (): Promise<void> => (stopping ??= rest());
  const replace = async (next: InForce): Promise<void> => {
    inForce = next;
    live = createLive(next, roster.now, profiles, clock);
    tellShadowed(log, next.config, roster.now());
    mcp.follow();
    postgresGate?.follow();
    configuration.follow(next);
    await gatekeeper.recheck();
  };
  const url = `http://${authorityOf(config.listen.host, socket.port)}`;
  log.info('ready', { url, policies: set.policies.length, entries: (await store.head()).size });
  const agentsUrl =
    agentsSocket &&
    `https://${authorityOf(config.agentsTls?.listen.host ?? '', agentsSocket.port)}`;
  return {
    url,
    ...(agentsUrl === undefined ? {} : { agentsUrl }),
    ...(postgresGate && { postgresPort: postgresGate.port }),
    ended,
    stop,
    replace,
  };
}
