import { readFileSync } from 'node:fs';
import {
  createHttpUpstream,
  withBridges,
  type Mounted,
  type Upstream,
} from '@countersign/gate-mcp';
import type { McpServerEntry } from '../config/mcp.ts';
import { createMask } from './mask.ts';

/** The servers that are mounted now. */
export type Servers = {
  readonly all: ReadonlyMap<string, Mounted>;
  /** Mounts what the configuration names, keeps what is the same, and closes what is gone. */
  readonly follow: (entries: readonly McpServerEntry[]) => void;
  readonly close: () => Promise<void>;
};

type Kept = { readonly mounted: Mounted; readonly said: string };

/** Mounts servers; nothing is started or reached before somebody asks. */
export function createServers(parts: {
  /** Fingerprints masked values. */
  readonly key: Uint8Array;
  readonly onFailure: (name: string, error: unknown) => void;
}): Servers {
  const kept = new Map<string, Kept>();
  const all = new Map<string, Mounted>();
  const drop = async (name: string): Promise<void> => {
    const found = kept.get(name);
    kept.delete(name);
    all.delete(name);
    await found?.mounted.upstream.close();
  };
  const mount = (entry: McpServerEntry): void => {
    const said = textOf(entry);
    if (kept.get(entry.name)?.said === said) return;
    void drop(entry.name).catch((error: unknown) => parts.onFailure(entry.name, error));
    const mounted = mountedOf(entry, parts.key);
    kept.set(entry.name, { mounted, said });
    all.set(entry.name, mounted);
  };
  return {
    all,
    follow: (entries) => {
      const names = new Set(entries.map(({ name }) => name));
      for (const name of kept.keys())
        if (!names.has(name))
          void drop(name).catch((error: unknown) => parts.onFailure(name, error));
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

function mountedOf(entry: McpServerEntry, key: Uint8Array): Mounted {
  const { name, limits, unmasked } = entry;
  return {
    name,
    upstream: withBridges(upstreamOf(entry)),
    mask: createMask(key, unmasked),
    maxResultBytes: limits.resultBytes,
    ...(limits.holdMs !== undefined && { holdMs: limits.holdMs }),
  };
}

function upstreamOf(entry: McpServerEntry): Upstream {
  const { name, url, token, headers, ca, limits } = entry;
  if (url === undefined) throw new TypeError(`\`${name}\` has no address`);
  const sent = Object.entries(headers).map(([key, value]) => [key, value.reveal()] as const);
  return createHttpUpstream({
    name,
    url,
    headers: {
      ...Object.fromEntries(sent),
      ...(token && { authorization: `Bearer ${token.reveal()}` }),
    },
    ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
    limits: { idleMs: limits.callMs, answerBytes: limits.resultBytes },
  });
}
