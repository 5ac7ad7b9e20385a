import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { loadPolicyFolder, type Groups, type PolicySet } from '@countersign/policy';
import type { Config } from '@countersign/server';
import { faultsOfTypes, type TypeName } from './action-types.ts';
import type { Call } from './command.ts';
import { ofConfig, ofPolicies, type Fault } from './fault.ts';

/** What a gateway started here would load, and everything that keeps it from starting. */
export type Inspection = {
  readonly configPath: string;
  /** Absent: there is none, or it is not in order. */
  readonly config?: Config;
  readonly folder: string;
  /** Absent: nobody knows which groups there are. */
  readonly groups?: Groups;
  readonly set?: PolicySet;
  readonly ofConfig: readonly Fault[];
  readonly ofTypes: readonly Fault[];
  /** `routing.yaml`, where the configuration says which channels there are. */
  readonly ofRouting: readonly Fault[];
  /** `masking.yaml`, and files of data classes. */
  readonly ofClasses: readonly Fault[];
  readonly ofPolicies: readonly Fault[];
};

/** Loads configuration, action types and policies with the gateway's own loaders. Changes nothing. */
export async function inspect(call: Call, named: string | undefined): Promise<Inspection> {
  const { io } = call;
  const configPath = resolve(io.cwd, call.text('config') ?? 'countersign.yaml');
  const { config, faults } = await readConfig(call, configPath);
  const folder =
    named === undefined
      ? (config?.policies ??
        resolve(dirname(configPath), io.env['COUNTERSIGN_POLICIES'] ?? 'policies'))
      : resolve(io.cwd, named);
  const typesFile = join(folder, 'actions.yaml');
  const { types, faults: ofTypes } = await readTypes(call, typesFile, config);
  const groups = config && (await groupsOf(config));
  const loaded = await loadPolicyFolder(folder, groups ? { groups } : {});
  return {
    configPath,
    folder,
    ...(config ? { config } : {}),
    ...(groups ? { groups } : {}),
    ...(loaded.ok ? { set: loaded.value } : {}),
    ofConfig: faults,
    ofTypes:
      loaded.ok && types.length > 0 ? faultsOfTypes(io, typesFile, types, loaded.value) : ofTypes,
    ofRouting: await readRouting(call, join(folder, 'routing.yaml'), config),
    ofClasses: await readClasses(call, folder, config),
    ofPolicies: loaded.ok ? [] : loaded.error.map((problem) => ofPolicies(io, folder, problem)),
  };
}

type ReadConfig = { readonly config?: Config; readonly faults: readonly Fault[] };

async function readConfig(call: Call, path: string): Promise<ReadConfig> {
  const { io } = call;
  if (call.text('config') === undefined && !existsSync(path)) return { faults: [] };
  const { loadConfig } = await import('@countersign/server');
  const loaded = await loadConfig({ path, env: io.env });
  const found = loaded.ok ? loaded.value.warnings : loaded.error;
  return {
    ...(loaded.ok ? { config: loaded.value.config } : {}),
    faults: found.map((problem) => ofConfig(io, problem)),
  };
}

type ReadTypes = { readonly types: readonly TypeName[]; readonly faults: readonly Fault[] };

async function readTypes(
  { io }: Call,
  file: string,
  config: Config | undefined,
): Promise<ReadTypes> {
  // a folder of policies alone can be checked; a gateway needs both
  if (!config && !existsSync(file)) return { types: [], faults: [] };
  const { loadActionTypes } = await import('@countersign/server');
  const loaded = await loadActionTypes(file, config ?? { executors: [] });
  if (loaded.ok) return { types: loaded.value, faults: [] };
  const problems = loaded.error.filter(({ code }) => config || code !== 'unknown-executor');
  return { types: [], faults: problems.map((problem) => ofConfig(io, problem)) };
}

async function readRouting(
  { io }: Call,
  file: string,
  config: Config | undefined,
): Promise<readonly Fault[]> {
  if (!config || !existsSync(file)) return [];
  const { loadRouting } = await import('@countersign/server');
  const loaded = await loadRouting(file, config);
  return loaded.ok ? [] : loaded.error.map((problem) => ofConfig(io, problem));
}

async function readClasses(
  { io }: Call,
  folder: string,
  config: Config | undefined,
): Promise<readonly Fault[]> {
  const hasFiles = ['data', 'masking.yaml'].some((name) => existsSync(join(folder, name)));
  if (!hasFiles && (config?.postgres.databases.length ?? 0) === 0) return [];
  const { lookAtClasses } = await import('@countersign/server');
  const problems = await lookAtClasses(folder, config);
  return problems.map((problem) => ofConfig(io, problem));
}

async function groupsOf(config: Config): Promise<Groups> {
  const { createLive } = await import('@countersign/server');
  return createLive({ config, types: [] }).groups();
}
