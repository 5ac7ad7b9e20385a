import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Result } from '@countersign/core';
import { loadConfig, type Loaded } from '../src/config/load.ts';
import type { ConfigProblem } from '../src/config/problem.ts';

/** A token that is fine, different for each name. */
export const tokenOf = (prefix: string, name: string): string =>
  `${prefix}_${name.padEnd(24, '0')}`;

/** Environment with the tokens that `GOOD` refers to. */
export const ENV: Readonly<Record<string, string>> = {
  BOT: tokenOf('csk', 'bot'),
  BOT2: tokenOf('csk', 'bot2'),
  RUN: tokenOf('cse', 'run'),
  MONA: tokenOf('csp', 'mona'),
  DANA: tokenOf('csp', 'dana'),
  DANA2: tokenOf('csp', 'dana2'),
};

/** A configuration without a problem; line numbers of the tests below count from its first line. */
export const GOOD = `listen: 127.0.0.1:8088
data_dir: data
limits: { grant_ttl: 5m }
agents:
  - id: data-bot
    token: env:BOT
    owner: mona
    teams: [data-agents]
executors:
  - { id: runner, token: 'env:RUN' }
people:
  - { id: mona, name: Mona, token: 'env:MONA', groups: [data-owners] }
  - { id: dana, name: Dana, token: 'env:DANA', groups: [data-owners] }
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables: { customers: { rows: 60000, columns: [id], pii: { email: email } } }
kill_switch: { agents: [data-bot] }
`;

/** A folder of its own that is gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file for the user alone, or with another mode. */
export function put(folder: string, name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** Loads a text as configuration. */
export function load(
  text: string,
  env: Readonly<Record<string, string>> = ENV,
  folder: string = makeFolder(),
): Promise<Result<Loaded, readonly ConfigProblem[]>> {
  return loadConfig({ path: put(folder, 'countersign.yaml', text), env });
}

/** Loads a text that must be good. */
export async function loadGood(
  text: string,
  env: Readonly<Record<string, string>> = ENV,
): Promise<Loaded> {
  const loaded = await load(text, env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}
