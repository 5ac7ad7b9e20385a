import { watch as watchFolder } from 'node:fs';
import { join } from 'node:path';
import { instant, type Result } from '@countersign/core';
import { loadActionTypes } from './config/actions.ts';
import type { Config } from './config/config.ts';
import { loadDatabaseClasses } from './config/data-classes.ts';
import { loadConfig } from './config/load.ts';
import { formatProblem, type ConfigProblem } from './config/problem.ts';
import type { Verifiers } from './config/verifiers.ts';
import { loadMaskingPolicy } from './config/masking.ts';
import { watchConfig } from './config/watch.ts';
import type { InForce } from './config/audit.ts';
import { createLog, faultOf, type LogFields } from './log.ts';
import { start, type Gateway } from './main.ts';
import { loadRouting } from './routing/load.ts';
import { StartFailure, toStartFailure } from './start-failure.ts';
import { createTroubles } from './troubles.ts';

/** What a gateway is served with. Only the command line reads the environment; here it is handed in. */
export type ServeOptions = {
  /** `countersign.yaml`; what it names is relative to it. */
  readonly configPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where log lines go. */
  readonly write: (lines: string) => void;
};

/** Starts a gateway from its configuration file and follows the file. Throws `StartFailure` when it cannot start. */
export async function serve({ configPath, env, write }: ServeOptions): Promise<Gateway> {
  const origin = { path: configPath, env };
  const { config, warnings, verifiers } = inOrder(await loadConfig(origin), 'config-refused');
  const first = await inForceOf(config, verifiers);
  const log = createLog({ level: config.log.level, now: Date.now, write });
  for (const { code, path, line } of warnings) log.warn('config-warning', { code, path, line });
  const troubles = createTroubles(() => instant(Date.now()));
  const gateway = await startOrSay(config, first, { log, troubles, env });
  const failed = (code: string): void => void troubles.begin('config-reload', code);
  const refused = (problems: readonly ConfigProblem[]): void => {
    failed('config-refused');
    for (const { code, file, path, line } of problems)
      log.error('config-refused', { code, file, path, line, hint: SEE_DOCTOR });
  };
  let loads = 0;
  let inForce = 0;
  const watch = watchConfig(origin, {
    refused,
    replaced: ({ config: next, verifiers: known }) => {
      const changed = [...FIXED, 'postgres' as const].filter(
        (key) => textOf(fixedIn(next), key) !== textOf(fixedIn(config), key),
      );
      if (changed.length > 0) log.warn('config-needs-restart', { changed: changed.join(' ') });
      const mine = ++loads;
      const putInForce = async (made: InForce): Promise<void> => {
        if (mine < inForce) return; // a newer one was quicker; a kill switch must not come undone
        inForce = mine;
        troubles.end('config-reload');
        await gateway.replace(made);
        log.info('config-in-force');
      };
      void inForceOf({ ...next, ...fixedOf(config), postgres: kept(next, config) }, known)
        .then(putInForce)
        .catch((error: unknown) => {
          failed(error instanceof StartFailure ? error.code : 'failed');
          log.error('config-refused', describe(error));
        });
    },
  });
  // what lives beside the policies, but is read with the configuration; Kubernetes mounts swap `..data`
  const types = watchFolder(config.policies, { persistent: false, recursive: true }, (_, name) => {
    if (name !== null && isBeside(name)) setTimeout(() => void watch.reload(), SETTLE_MS).unref();
  });
  types.on('error', () => types.close());
  const close = (): void => {
    watch.close();
    types.close();
  };
  void gateway.ended.then(close);
  return {
    ...gateway,
    stop: () => {
      close();
      return gateway.stop();
    },
  };
}

const ACTION_TYPES = 'actions.yaml';
const ROUTING = 'routing.yaml';
const MASKING = 'masking.yaml';
/** Whether a file of the policy folder is read with the configuration: data classes too. */
const isBeside = (name: string): boolean =>
  [ACTION_TYPES, ROUTING, MASKING].includes(name) || /^data[\\/]|(?:^|[\\/])\.\.data$/.test(name);
const SETTLE_MS = 100;

// a message may repeat what stands in the file, and logs do not (R9)
const SEE_DOCTOR = 'the old configuration stays; `countersign doctor` says what is wrong';

/** What a running gateway cannot change. */
const FIXED = [
  'listen',
  'publicUrl',
  'dataDir',
  'database',
  'keysDir',
  'lastSigned',
  'policies',
  'timeZone',
  'limits',
  'log',
  'telemetry',
  'metrics',
  'push',
  'channels',
  'signIn',
  'directories',
  'passkeys',
  'agentsTls',
] as const satisfies readonly (keyof Config)[];

/** A configuration without what may change. */
const fixedIn = (config: Config): Config => ({
  ...config,
  postgres: { ...config.postgres, databases: [] },
});

/** Where databases are reached, and by whom, stays; which there are may change. */
const kept = ({ postgres }: Config, before: Config): Config['postgres'] => ({
  ...before.postgres,
  databases: postgres.databases,
});

const fixedOf = (config: Config): Partial<Config> =>
  Object.fromEntries(FIXED.map((key) => [key, config[key]]));

const textOf = (config: Config, key: keyof Config): string => JSON.stringify(config[key] ?? null);

/** A start failure is in our words; anything else may not be. */
const describe = (error: unknown): LogFields =>
  error instanceof StartFailure ? { code: error.code, first: error.lines[0] } : faultOf(error);

async function startOrSay(...parts: Parameters<typeof start>): Promise<Gateway> {
  try {
    return await start(...parts);
  } catch (cause) {
    throw toStartFailure(cause);
  }
}

const inForceOf = async (config: Config, verifiers: Verifiers): Promise<InForce> => {
  const types = await loadActionTypes(join(config.policies, ACTION_TYPES), config);
  const routing = await loadRouting(join(config.policies, ROUTING), config);
  const classes = await loadDatabaseClasses(config);
  const masking = await loadMaskingPolicy(join(config.policies, MASKING));
  return {
    config,
    types: inOrder(types, 'action-types-refused'),
    routing: inOrder(routing, 'routing-refused'),
    classes: inOrder(classes, 'data-classes-refused'),
    masking: inOrder(masking, 'masking-refused'),
    verifiers,
  };
};

function inOrder<T>(loaded: Result<T, readonly ConfigProblem[]>, code: string): T {
  if (loaded.ok) return loaded.value;
  throw new StartFailure(code, 'the configuration is not in order', {
    hint: 'correct what is listed',
    lines: loaded.error.map(formatProblem),
  });
}
