import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './terminal.ts';
import type { World } from './world.ts';

const ENTRY: string = fileURLToPath(new URL('../bin/countersign-hook.cjs', import.meta.url));

/** Lets the bot of the world use a coding agent's tools, and asks about what is not plain. */
export const HOOK_PERMITS = `@id("test-hooks")
@reason("It may")
permit (principal, action == Countersign::Action::"hook.tool-use", resource is Countersign::Host)
when { context.base.inspectable == Countersign::Inspectable::"full" };
`;

/** How a hook's process ended. */
export type Hooked = { readonly code: number; readonly out: string; readonly err: string };

/** Runs the entry as a host would. */
export function hook(
  words: readonly string[],
  input: string | Uint8Array,
  about: {
    readonly node?: string;
    readonly keepsOpen?: true;
    readonly signal?: NodeJS.Signals;
  } = {},
): Promise<Hooked> {
  const { signal } = about;
  const ready = join(tmpdir(), `countersign-ready-${randomUUID()}`);
  if (signal) writeFileSync(`${ready}.cjs`, SAYS_READY);
  const before = signal ? ['--require', `${ready}.cjs`] : [];
  const child = spawn(about.node ?? process.execPath, [...before, ENTRY, ...words], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/dev/null', READY: ready },
  });
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk));
  child.stdin.on('error', () => undefined); // it may have ended already
  if (about.keepsOpen) child.stdin.write(input);
  else child.stdin.end(input);
  if (signal) void until(() => existsSync(ready)).then(() => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, ...text }));
  });
}

/** Loaded before the entry: says when it has begun to listen for signals. Before that the system ends it. */
const SAYS_READY = `process.on('newListener', (name) => {
  if (name === 'SIGHUP') require('fs').writeFileSync(process.env.READY, '');
});
`;

/** Writes `hook.json` and credentials where only the user's own folder is; answers the path. */
export function settingsFor(world: World, name: string, more: object = {}): string {
  const folder = join(world.folder, name);
  mkdirSync(join(folder, 'agents'), { recursive: true });
  writeFileSync(join(folder, 'agents/bot.token'), world.tokenOf('bot'));
  const credentials = { url: world.url, agents: { bot: { token_file: 'agents/bot.token' } } };
  writeFileSync(join(folder, 'credentials.json'), JSON.stringify(credentials));
  const path = join(folder, 'hook.json');
  writeFileSync(path, JSON.stringify({ url: world.url, agent: 'bot', host: 'build-7', ...more }));
  return path;
}

/** What is spooled beside a configuration. */
export const spooledAt = (config: string): readonly Record<string, unknown>[] =>
  readFileSync(join(config, '../hook/spool.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
