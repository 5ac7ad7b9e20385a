import { join } from 'node:path';
import {
  createCheckpointer,
  createGatekeeper,
  createLogSigner,
  instant,
  random,
  StoreFailure,
  type Instant,
  type LedgerStore,
  type Parts,
} from '@countersign/core';
import { createPolicyEngine, getPolicies } from '@countersign/policy';
import { createLastSignedFile, createSqliteStore } from '@countersign/store-sqlite';
import type { Config } from './config/config.ts';
import { createDisplay } from './display.ts';
import { createFigures, measured } from './figures.ts';
import { followPolicies, keptSet, loadPolicies, recordSet } from './followers/policies.ts';
import { createReconciler } from './followers/reconciler.ts';
import { createApp } from './http/app.ts';
import { openKeys } from './keys.ts';
import { listen } from './listen.ts';
import type { Live } from './live.ts';
import { faultOf, type Log } from './log.ts';
import { originOf, settingsOf, VERSION } from './settings.ts';

/** A running gateway. */
export type Gateway = {
  readonly url: string;
  /** Resolves when it has stopped; with the failure if it had to. */
  readonly ended: Promise<StoreFailure | undefined>;
  /** Puts another directory in force, and settles what nobody can answer any more. */
  readonly replace: (live: Live) => Promise<void>;
  readonly stop: () => Promise<void>;
};

const DRAIN_MS = 10_000;

/** THE COMPOSITION: opens everything in order, and closes it in reverse. Throws when something cannot be opened. */
export async function start(config: Config, first: Live, log: Log): Promise<Gateway> {
  await using opening = new AsyncDisposableStack();
  let live = first;
  let failure: StoreFailure | undefined;
  const failed = (error: unknown): void => log.error('follower-failed', faultOf(error));

  const set = await loadPolicies(config.policies, first.groups);
  const keys = openKeys(config.dataDir);
  const lastSigned = createLastSignedFile(join(config.dataDir, 'last-signed'));
  const opened = await createSqliteStore({ folder: config.dataDir, clock, lastSigned });
  opening.defer(opened.close);
  const store = watched(opened, (cause) => {
    if (failure) return;
    failure = cause;
    log.error('ledger-failed', { code: cause.code });
    setImmediate(() => void stop()); // after those who were waiting for it have their answer
  });

  await recordSet(store, set, clock);
  const engine = await createPolicyEngine({ set });
  opening.defer(engine.close);
  const origin = originOf(config, keys.installation);
  const signer = createLogSigner(origin, keys.ledger);
  const checkpointer = await createCheckpointer({
    store,
    signer,
    lastSigned,
    later,
    onFailure: failed,
  });
  opening.defer(checkpointer.stop);
  const figures = createFigures({
    store,
    waiters: () => app.waiters(),
    policies: () => engine.current().policies.length,
    recycled: engine.recycled,
  });
  opening.defer(figures.stop);

  const parts: Parts = {
    store,
    judge: measured(engine, figures),
    directory: () => live.directory,
    clock,
    random,
    gateOf: (type) => live.gateOf(type),
    display: createDisplay(keys.fingerprint),
    secrets: { masterKey: keys.master, fingerprintKey: keys.fingerprint },
    grantKey: keys.grant,
    settings: settingsOf(config, origin),
  };
  const gatekeeper = createGatekeeper(parts);
  const reconciler = createReconciler({ gatekeeper, store, clock, onFailure: failed });
  opening.defer(reconciler.stop);
  await reconciler.run(); // what became due while nobody was here
  const policies = followPolicies({
    dir: config.policies,
    groups: first.groups,
    engine,
    store,
    clock,
    log,
  });
  opening.defer(policies.close);

  const app = createApp({
    sight: { parts, gatekeeper },
    authenticate: (header) => live.authenticate(header),
    checkpointer,
    policies: () => {
      const { digest, gitCommit, ...now } = engine.current();
      const commit = gitCommit === undefined ? {} : { gitCommit };
      return { digest, ...commit, policies: getPolicies({ digest, ...now }) };
    },
    keptSet: (digest) => keptSet(store, digest),
    receiptOf: async () => undefined,
    checks: () => [
      { name: 'ledger', ok: failure === undefined, ...(failure && { detail: failure.code }) },
      { name: 'policy', ok: true },
      { name: 'accepting', ok: !stopping },
    ],
    metrics: figures,
    log,
    publicUrl: config.publicUrl ?? `http://${config.listen.host}:${config.listen.port}`,
    bodyBytes: config.limits.bodyBytes,
    version: VERSION,
  });
  const socket = await listen(app, config.listen);
  opening.defer(socket.close);

  const running = opening.move();
  let stopping: Promise<void> | undefined;
  const { promise: ended, resolve: end } = Promise.withResolvers<StoreFailure | undefined>();
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      log.info('stopping', { waiters: app.waiters() });
      socket.stop();
      await app.drain(DRAIN_MS);
      await running.disposeAsync();
      log.info('stopped');
      log.flush();
      end(failure);
    })());
  const url = `http://${config.listen.host}:${socket.port}`;
  log.info('ready', { url, policies: set.policies.length, entries: (await store.head()).size });
  return {
    url,
    ended,
    stop,
    replace: async (next) => {
      live = next;
      await gatekeeper.recheck();
    },
  };
}

const clock = (): Instant => instant(Date.now());
const later = (ms: number, run: () => void): void => void setTimeout(run, ms).unref();

/** The same store; whoever asked to know hears of its first failure. */
const watched = (store: LedgerStore, onFailed: (cause: StoreFailure) => void): LedgerStore => ({
  ...store,
  append: async (unit) => {
    try {
      return await store.append(unit);
    } catch (cause) {
      if (cause instanceof StoreFailure) onFailed(cause);
      throw cause;
    }
  },
});
