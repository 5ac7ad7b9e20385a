import { deriveKey, type MaskingPolicy } from '@countersign/core';
import {
  createHttpFront,
  createSealer,
  createStory,
  type McpParts,
  type Upstream,
} from '@countersign/gate-mcp';
import type { Probe } from '../checks.ts';
import type { Config } from '../config/config.ts';
import type { Figures } from '../figures.ts';
import type { Mount } from '../http/mounts.ts';
import type { Who } from '../http/who.ts';
import type { Keys } from '../keys.ts';
import type { Log } from '../log.ts';
import type { HouseParts } from '../house.ts';
import { createHouse } from './house.ts';
import { createIdentify } from './identify.ts';
import { measuredHouse } from './measured.ts';
import { mcpMounts, type Peers } from './mounts.ts';
import { createServers } from './servers.ts';

/** The MCP gate of a gateway. */
export type Mcp = {
  readonly mounts: readonly Mount[];
  /** How each server is: without one the others go on, so none is more than `degraded`. */
  readonly probes: () => readonly Probe[];
  /** Mounts what the configuration in force names. */
  readonly follow: () => void;
  /** Ends streams and waits: the gateway stops. */
  readonly stop: () => void;
};

/** Opens the MCP gate: servers, story and front. */
export function openMcp(
  parts: Omit<HouseParts, 'log'> &
    Pick<McpParts, 'tools' | 'callable' | 'mayAsk'> & {
      readonly config: () => Config;
      /** What agents see in clear, as it is at the moment. */
      readonly masking: () => MaskingPolicy;
      readonly env: Readonly<Record<string, string | undefined>>;
      readonly publicUrl: string;
      readonly keys: Pick<Keys, 'master' | 'fingerprint'>;
      readonly who: Who;
      readonly figures: Figures;
      readonly log: Log;
      readonly opening: AsyncDisposableStack;
    },
): Mcp {
  const { config, publicUrl, keys, figures, log, opening } = parts;
  const servers = createServers({
    key: keys.fingerprint,
    masking: parts.masking,
    env: parts.env,
    log,
  });
  opening.defer(servers.close);
  const told = new Set<string>();
  const follow = (): void => {
    servers.follow(config().mcp.servers);
    for (const name of servers.all.keys())
      if (!told.has(name)) tell(figures, name, () => servers.all.get(name)?.upstream);
    for (const name of servers.all.keys()) told.add(name);
  };
  follow();
  const house = createHouse(parts);
  opening.defer(house.told);
  const shared: McpParts = {
    servers: servers.all,
    house: measuredHouse(house, figures),
    tools: parts.tools,
    callable: parts.callable,
    mayAsk: parts.mayAsk,
    sealer: createSealer(deriveKey(keys.master, 'mcp-carried', new Uint8Array())),
    urlOf: (approvalId) => `${publicUrl}/a/${approvalId}`,
    now: Date.now,
    log: (event, about) => log.info(event, about),
  };
  const peers: Peers = new WeakMap();
  const story = createStory(shared);
  const front = createHttpFront({
    ...shared,
    story,
    identify: createIdentify({ who: parts.who, peerOf: (one) => peers.get(one) }),
    publicUrl,
    issuers: () => issuersOf(config()),
    maxBodyBytes: config().limits.bodyBytes,
  });
  return {
    mounts: mcpMounts(front, peers),
    probes: () => [...servers.all.values()].map(({ upstream }) => probeOf(upstream)),
    follow,
    stop: () => {
      front.stop();
      story.close();
    },
  };
}

/** Addresses of the authorization servers that clients are sent to. */
const issuersOf = ({ mcp, workloadIssuers }: Config): readonly string[] =>
  workloadIssuers
    .filter(({ id }) => mcp.authorizationServers.includes(id))
    .map(({ issuer }) => issuer);

const probeOf = (upstream: Upstream): Probe => ({
  name: `mcp-${upstream.name}`,
  look: () =>
    upstream.state().is === 'down' ? { status: 'degraded', detail: 'down' } : { status: 'ok' },
});

/** Figures of a server, as long as it is mounted. */
function tell(
  figures: Pick<Figures, 'gauge'>,
  server: string,
  find: () => Upstream | undefined,
): void {
  figures.gauge('countersign_mcp_upstream_restarts', () => find()?.state().restarts, { server });
  figures.gauge(
    'countersign_mcp_upstream_up',
    () => {
      const is = find()?.state().is;
      return is === undefined || is === 'unused' ? undefined : Number(is === 'up');
    },
    { server },
  );
}
