import type { MaskingPolicy } from '@countersign/core';
import { readFileSync } from 'node:fs';
import {
  createHttpUpstream,
  createMask,
  createStdioUpstream,
  withBridges,
  type Mask,
  type Mounted,
  type Upstream,
} from '@countersign/gate-mcp';
import type { McpServerEntry } from '../config/mcp.ts';
import { faultOf, type Log } from '../log.ts';

/** The servers that are mounted now. */
export type Servers = {
  readonly all: ReadonlyMap<string, Mounted>;
  /** Mounts what the configuration names, keeps what is the same, and closes what is gone. */
  readonly follow: (entries: readonly McpServerEntry[]) => void;
  readonly close: () => Promise<void>;
};

type ServersParts = {
  /** Fingerprints masked values. */
  readonly key: Uint8Array;
  readonly masking: () => MaskingPolicy;
  /** Of the gateway: programs get the little of it they need. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
};

type Kept = { readonly mounted: Mounted; readonly said: string };

/** Mounts servers; nothing is started or reached before somebody asks. */
export function createServers(parts: ServersParts): Servers {
  const kept = new Map<string, Kept>();
  const all = new Map<string, Mounted>();
  const drop = async (name: string): Promise<void> => {
    const found = kept.get(name);
    kept.delete(name);
    all.delete(name);
    await found?.mounted.upstream.close();
  };
  const leave = (name: string): void =>
    void drop(name).catch((error: unknown) =>
      parts.log.error('mcp-close-failed', { server: name, ...faultOf(error) }),
    );
  const mount = (entry: McpServerEntry): void => {
    const said = textOf(entry);
    if (kept.get(entry.name)?.said === said) return;
    leave(entry.name);
    const mounted = mountedOf(entry, parts);
    kept.set(entry.name, { mounted, said });
    all.set(entry.name, mounted);
  };
  return {
    all,
    follow: (entries) => {
      const names = new Set(entries.map(({ name }) => name));
      for (const name of kept.keys()) if (!names.has(name)) leave(name);
      for (const entry of entries) mount(entry);
    },
    close: async () => void (await Promise.allSettled([...kept.keys()].map(drop))),
  };
}

/** Everything an entry says, its secrets too: what is the same goes on. */
const textOf = (entry: McpServerEntry): string =>
  JSON.stringify(entry, (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'reveal' in value
      ? (value as { reveal: () => string }).reveal()
      : value,
  );

function mountedOf(entry: McpServerEntry, parts: ServersParts): Mounted {
  const { name, limits, unmasked } = entry;
  const mask = createMask(parts.key, unmasked, parts.masking);
  return {
    name,
    upstream: withBridges(upstreamOf(entry, mask, parts)),
    mask,
    maxResultBytes: limits.resultBytes,
    ...(limits.holdMs !== undefined && { holdMs: limits.holdMs }),
  };
}

function upstreamOf(entry: McpServerEntry, mask: Mask, { env, log }: ServersParts): Upstream {
  const { name, url, ca, cwd } = entry;
  const limits = { idleMs: entry.limits.callMs, answerBytes: entry.limits.resultBytes };
  if (url !== undefined) {
    const trusted = ca === undefined ? undefined : certificatesIn(ca);
    if (trusted === '') log.error('mcp-ca-unreadable', { server: name });
    if (trusted === '') return closed(name, 'the certificates to trust cannot be read');
    const rest = trusted === undefined ? {} : { ca: trusted };
    return createHttpUpstream({ name, url, headers: headersOf(entry), limits, ...rest });
  }
  const [command = '', ...args] = entry.command ?? [];
  return createStdioUpstream({
    name,
    program: { command, args, ...(cwd !== undefined && { cwd }), env: environmentOf(entry, env) },
    limits,
    children: { max: entry.limits.children },
    // R9: its words are not ours; whoever asks for everything gets them masked
    say: (what, text) =>
      what === 'stderr'
        ? log.debug('mcp-program-said', { server: name, text: mask(text) })
        : log.warn('mcp-program-ended', { server: name }),
  });
}

/** Empty where they cannot be read. */
function certificatesIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** R2: a server that cannot be reached as its operator wants it is not reached in another way. */
const closed = (name: string, why: string): Upstream => ({
  name,
  open: () => Promise.resolve({ unavailable: why }),
  attach: () => Promise.resolve(undefined),
  state: () => ({ name, kind: 'http', is: 'down', restarts: 0, why }),
  close: () => Promise.resolve(),
});

function headersOf({ token, headers }: McpServerEntry): Readonly<Record<string, string>> {
  const sent = Object.entries(headers).map(([name, value]) => [name, value.reveal()] as const);
  const bearer = token && { authorization: `Bearer ${token.reveal()}` };
  return { ...Object.fromEntries(sent), ...bearer };
}

/** What every program needs to find its way, and nothing that may be a secret of ours. */
const COMMON = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

function environmentOf(
  { env, variables }: McpServerEntry,
  ours: ServersParts['env'],
): Readonly<Record<string, string>> {
  const common = COMMON.flatMap((name) => {
    const value = ours[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const secret = Object.entries(env).map(([name, value]) => [name, value.reveal()] as const);
  return { ...Object.fromEntries(common), ...variables, ...Object.fromEntries(secret) };
}
