import {
  CANARY,
  decide,
  DIALECTS,
  createMemory,
  isHost,
  isMembers,
  noteResult,
  type Answer,
  type Dialect,
  type Host,
  type HookEvent,
  type Memory,
  type Verdict,
} from '@countersign/gate-hook/client';
import { createClient, type Client } from '@countersign/sdk';
import { leanFetch } from './lean-fetch.ts';
import { readSettings, type HookSettings } from './settings.ts';

/** What a host's process was started with. */
export type Started = {
  readonly host: string;
  readonly args: readonly string[];
  readonly input: Uint8Array;
};

/** The answer to one event of a host. Throws, in words, whatever is not even understood: the entry makes a no of it. */
export async function answerHook({ host, args, input }: Started): Promise<Answer> {
  if (!isHost(host)) throw new Error(`\`${host}\` is no host this gate knows`);
  const settings = readSettings(host, args);
  const dialect = DIALECTS[host];
  const event = eventOf(dialect, input, settings.event);
  return dialect.write(event, await verdictOn(host, settings, event));
}

function eventOf(dialect: Dialect, input: Uint8Array, name: string | undefined): HookEvent {
  const given: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(input));
  const event = isMembers(given) ? dialect.read(given, name) : undefined;
  if (!event) throw new Error('the host sent no event that this hook understands');
  return event;
}

async function verdictOn(host: Host, settings: HookSettings, event: HookEvent): Promise<Verdict> {
  const { file, token, folder, holdMs, defers } = settings;
  const memory = createMemory(folder);
  try {
    const client = createClient({ url: file.url, token, fetch: leanFetch });
    if (event.kind === 'after') return await noted(client, memory, { file, event });
    const rewrites = DIALECTS[host].rewrites(event);
    const onBehalfOf = file.on_behalf_of === undefined ? {} : { onBehalfOf: file.on_behalf_of };
    const parts = { client, memory, hostname: file.host, holdMs, defers, rewrites, ...onBehalfOf };
    return await decide(parts, event);
  } catch (error) {
    const why = `NOT EXECUTED: ${error instanceof Error ? error.message : String(error)}`;
    if (!isRefusal(error)) blocked(memory, event, why);
    return { is: 'deny', why };
  }
}

/** A no of the gateway itself: it knows of it. */
const isRefusal = (error: unknown): boolean =>
  (error as { readonly retryable?: unknown } | null)?.retryable === false;

function blocked(memory: Memory, { host, tool, kind, input }: HookEvent, why: string): void {
  try {
    if (kind !== 'after' && input['command'] !== CANARY)
      memory.spool({ is: 'blocked', at: new Date().toISOString(), host, tool, why });
  } catch {
    // the call is blocked all the same
  }
}

type Noted = { readonly file: HookSettings['file']; readonly event: HookEvent };

async function noted(client: Client, memory: Memory, { file, event }: Noted): Promise<Verdict> {
  const { mask: wanted = 'secrets' } = file;
  if (wanted === 'none' || event.result === undefined) return noteResult({ client, memory }, event);
  const { maskWith } = await import('./mask.ts'); // it takes a while to load, and only results need it
  return noteResult({ client, memory, mask: maskWith(wanted) }, event);
}
