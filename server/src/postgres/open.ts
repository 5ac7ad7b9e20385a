import { NO_MASKING_POLICY, type Gate } from '@countersign/core';
import {
  createPostgresGate,
  listen,
  loadClassify,
  serve,
  turnAway,
  type House,
  type Listener,
  type Peer,
  type PostgresParts,
} from '@countersign/gate-postgres';
import type { Roster } from '@countersign/identity';
import type { Probe } from '../checks.ts';
import type { InForce } from '../config/audit.ts';
import type { Figures } from '../figures.ts';
import type { HouseParts } from '../house.ts';
import type { Keys } from '../keys.ts';
import type { Log } from '../log.ts';
import { scramSecretOf } from '../scram-secret.ts';
import { createCredentials, grantsOf, type CredentialParts } from './credentials.ts';
import { createEpoch } from './epoch.ts';
import { createGuests, type Guests } from './guests.ts';
import { createQueryHouse } from './house.ts';
import { known } from './known.ts';
import { measuredHouse } from './measured.ts';
import { mount } from './mount.ts';
import { createMounts, type Mounts } from './mounts.ts';
import { ownerOf } from './owner.ts';
import { probesOf, teller } from './seen.ts';
import { tlsOf } from './tls.ts';

/** The gate before the gatekeeper is there: what statements are can be asked already. */
export type Prepared = {
  readonly gate: Gate;
  readonly open: (parts: OpenParts) => Promise<PostgresGate>;
};

/** The gate while it is open. */
type PostgresGate = {
  readonly port: number;
  /** How each database is: without one the others go on, so none is more than `degraded`. */
  readonly probes: () => readonly Probe[];
  /** Mounts what is in force now. */
  readonly follow: () => void;
  /** Lets nobody in any more, and ends connections as soon as nothing runs on them. */
  readonly stop: () => Promise<void>;
};

type OpenParts = HouseParts &
  Pick<CredentialParts, 'who' | 'directory' | 'clock'> & {
    readonly roster: Pick<Roster, 'now' | 'onChanged'>;
    readonly inForce: () => InForce;
    /** Everything besides that a verdict depends on. */
    readonly grounds: readonly (() => unknown)[];
    readonly publicUrl: string;
    readonly keys: Pick<Keys, 'master' | 'fingerprint'>;
    readonly figures: Figures;
    readonly log: Log;
    readonly opening: AsyncDisposableStack;
  };

/** Loads what the gate is made of. */
export async function prepare(): Promise<Prepared> {
  const classify = await loadClassify();
  let opened: { readonly mounts: Mounts; readonly inForce: () => InForce } | undefined;
  const find: Parameters<typeof createPostgresGate>[0]['find'] = (database) => {
    const found = opened?.mounts.all.get(database);
    if (!opened || !found) return undefined;
    const owner = ownerOf(opened.inForce().config, database);
    return {
      classify: found.judge.classify,
      ...(owner === undefined ? {} : { owner }),
      executionMs: found.settings.statementMs + EXTRA_MS,
    };
  };
  return {
    gate: createPostgresGate({ find }),
    open: async (parts) => {
      const { inForce, opening } = parts;
      const credentials = credentialsOf(parts);
      const guests = followGuests(parts, credentials);
      const house = createQueryHouse({ ...parts, epoch: createEpoch([...parts.grounds, inForce]) });
      opening.defer(house.told);
      const mounts = createMounts({
        mount: (entry) => mount(entry, { ...mountParts(parts, entry.name, house), classify }),
        onLeft: guests.leave,
        log: parts.log,
      });
      opening.defer(mounts.close);
      opened = { mounts, inForce };
      const tell = teller(parts.figures, mounts, guests);
      const follow = (): void => {
        mounts.follow(inForce());
        guests.recheck();
        tell();
      };
      follow();
      await known(mounts.all.values(), KNOWN_MS);
      const listener = await listening(parts, { credentials, mounts, guests });
      opening.defer(() => listener.close());
      return {
        port: listener.port,
        probes: () => probesOf(mounts),
        follow,
        stop: () => listener.close(GRACE_MS),
      };
    },
  };
}

/** Longer than the server lets a statement run, so that its end is heard of before it counts as unknown. */
const EXTRA_MS = 30_000;
/** A database that cannot be reached keeps nobody from starting. */
const KNOWN_MS = 3_000;
const RECHECK_MS = 5_000;
const GRACE_MS = 5_000;

const credentialsOf = (parts: OpenParts): CredentialParts => ({
  ...parts,
  roster: parts.roster.now,
  secret: scramSecretOf(parts.keys),
  verifiers: () => parts.inForce().verifiers ?? new Map(),
  trustDomain: () => parts.inForce().config.postgres.tls?.trustDomain,
});

/** Connections that stand, looked at again when agents or their keys change, and now and then, since keys end by themselves. */
function followGuests({ roster, opening }: OpenParts, credentials: CredentialParts): Guests {
  const guests = createGuests((agent) => grantsOf(credentials, agent));
  opening.defer(roster.onChanged(guests.recheck));
  const timer = setInterval(guests.recheck, RECHECK_MS).unref();
  opening.defer(() => clearInterval(timer));
  return guests;
}

const mountParts = (
  { inForce, publicUrl, keys, figures, log }: OpenParts,
  name: string,
  house: House,
) => ({
  house: measuredHouse(house, name, figures),
  key: keys.fingerprint,
  limits: inForce().config.postgres.limits,
  classesOf: (database: string) => inForce().classes?.[database] ?? {},
  maskingPolicy: () => inForce().masking ?? NO_MASKING_POLICY,
  urlOf: (approvalId: string) => `${publicUrl}/a/${approvalId}`,
  log,
});

type Open = {
  readonly credentials: CredentialParts;
  readonly mounts: Mounts;
  readonly guests: Guests;
};

async function listening(
  { inForce, log }: OpenParts,
  { credentials, mounts, guests }: Open,
): Promise<Listener> {
  const shared: PostgresParts = {
    databases: mounts.all,
    now: Date.now,
    log: (event, about) => log.info(event, about),
  };
  const onPeer = (peer: Peer): void => {
    const limit = mounts.all.get(peer.database)?.settings.connections ?? 0;
    if (mounts.all.has(peer.database) && guests.count(peer.database) >= limit)
      return turnAway(peer, '53300', `too many connections to \`${peer.database}\``);
    guests.add(peer, serve(peer, shared));
  };
  const { listen: at, limits, tls, isPlain } = inForce().config.postgres;
  const material = await tlsOf(tls);
  const listener = await listen({
    host: at?.host ?? '',
    port: at?.port ?? 0,
    ...(material && { tls: material, isTlsRequired: !isPlain }),
    limits,
    credentials: createCredentials(credentials),
    parts: shared,
    onPeer,
  });
  log.info('postgres-listening', { port: listener.port, databases: mounts.all.size });
  return listener;
}
