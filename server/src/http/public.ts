import { PROBLEMS, openApi, type Health } from '@countersign/api';
import { jwkOf, parseTilePath, TILE_WIDTH, type Checkpointer } from '@countersign/core';
import type { Figures } from '../figures.ts';
import { isLoopbackPeer } from '../loopback.ts';
import { json, type Handlers, type Reply } from './exchange.ts';
import { refuse } from './refuse.ts';
import type { Sight } from './see.ts';

type PublicRoutes = Pick<
  Handlers,
  | 'checkpoint'
  | 'tile'
  | 'trust'
  | 'jwks'
  | 'openapi'
  | 'problems'
  | 'healthz'
  | 'readyz'
  | 'metrics'
>;

export type PublicParts = {
  readonly sight: Sight;
  readonly checkpointer: Pick<Checkpointer, 'latest'>;
  readonly checks: () => Promise<Health>;
  readonly metrics: Pick<Figures, 'text'>;
  /** The trust file, for a first look; one that was handed over another way proves more. */
  readonly trust: string;
  readonly publicUrl: string;
  readonly version: string;
};

const text = (body: string, headers: readonly string[] = []): Reply => ({
  status: 200,
  type: 'text/plain; charset=utf-8',
  body,
  headers,
});

/** What anyone may read: the ledger, public keys, the contract, and how the gateway is. */
export function publicRoutes(parts: PublicParts): PublicRoutes {
  const { sight, checkpointer, publicUrl, version } = parts;
  // made when it is first asked for: most gateways never are
  let contract: Reply | undefined;
  const keys = jwks(sight.parts.grantKey.publicKey);
  return {
    checkpoint: () => text(checkpointer.latest(), ['cache-control', 'public, max-age=1']),
    tile: async (exchange) => (await tile(sight, exchange.param)) ?? refuse(exchange, 'not-found'),
    trust: () => text(parts.trust),
    jwks: () => keys,
    openapi: () => (contract ??= json(200, openApi(version, publicUrl))),
    problems: () => text(registry()),
    healthz: () => json(200, { ok: true }),
    readyz: async () => {
      const health = await parts.checks();
      return json(health.ready ? 200 : 503, health);
    },
    metrics: async (exchange) =>
      isLoopbackPeer(exchange.request.socket.remoteAddress)
        ? { status: 200, type: 'text/plain; version=0.0.4', body: await parts.metrics.text() }
        : refuse(exchange, 'loopback-only'),
  };
}

const IMMUTABLE = ['cache-control', 'public, max-age=31536000, immutable'];

/** C2SP tlog-tiles: one spelling per resource; empty and missing ones are not found. */
async function tile({ parts: { store } }: Sight, rest: string): Promise<Reply | undefined> {
  const path = parseTilePath(`tile/${rest}`);
  if (!path) return undefined;
  const { kind, level, index, width } = path;
  const body =
    kind === 'entries' ? await store.bundle(index, width) : await store.tile(level, index, width);
  if (!body || (kind === 'tile' && body.length !== width * 32) || width > TILE_WIDTH)
    return undefined;
  return { status: 200, type: 'application/octet-stream', body, headers: IMMUTABLE };
}

function jwks(publicKey: Uint8Array): Reply {
  return {
    status: 200,
    type: 'application/jwk-set+json',
    body: JSON.stringify({ keys: [jwkOf(publicKey)] }),
    headers: ['cache-control', 'public, max-age=300'],
  };
}

const registry = (): string =>
  Object.entries(PROBLEMS)
    .map(([code, { status, title, hint }]) => `${code} (${status})\n  ${title}\n  ${hint}\n`)
    .join('\n');
