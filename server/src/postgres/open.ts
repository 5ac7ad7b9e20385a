import { TypedFact, type DataClasses, type Gate } from '@countersign/core';
import {
  createPostgresGate,
  listen,
  loadClassify,
  serve,
  turnAway,
  type Mounted,
  type Peer,
  type PostgresParts,
} from '@countersign/gate-postgres';
import type { Probe } from '../checks.ts';
import type { InForce } from '../config/audit.ts';
import type { Figures } from '../figures.ts';
import type { Keys } from '../keys.ts';
import type { Log } from '../log.ts';
import { DATABASE } from '../resources.ts';
import { scramSecretOf } from '../scram-secret.ts';
import { createCredentials, grantsOf, type CredentialParts } from './credentials.ts';
import { createEpoch } from './epoch.ts';
import { createGuests } from './guests.ts';
import { createQueryHouse } from './house.ts';
import { known } from './known.ts';
import { measuredHouse } from './measured.ts';
import { mount } from './mount.ts';
import { createMounts } from './mounts.ts';
import { tlsOf } from './tls.ts';

/** The gate before the gatekeeper is there: what statements are can be asked already. */
export type Prepared = {
  readonly gate: Gate;
  readonly open: (parts: OpenParts) => Promise<PostgresGate>;
};

/** The gate while it is open. */
export type PostgresGate = {
  readonly port: number;
  /** How each database is: without one the others go on, so none is more than `degraded`. */
  readonly probes: () => readonly Probe[];
  /** Mounts what is in force now. */
  readonly follow: () => void;
  /** Lets nobody in any more, and ends connections as soon as nothing runs on them. */
  readonly stop: () => Promise<void>;
};

type OpenParts = Omit<Parameters<typeof createQueryHouse>[0], 'log' | 'epoch'> &
  Omit<CredentialParts, 'secret' | 'verifiers' | 'trustDomain'> & {
    readonly inForce: () => InForce;
    /** Everything besides that a verdict depends on. */
    readonly grounds: readonly (() => unknown)[];
    readonly publicUrl: string;
    readonly keys: Pick<Keys, 'master' | 'fingerprint'>;
    readonly figures: Figures;
    readonly log: Log;
    readonly opening: AsyncDisposableStack;
  };

const RECHECK_MS = 2_000;
const GRACE_MS = 5_000;
/** One that cannot be reached keeps nobody from starting. */
const KNOWN_MS = 3_000;

/** Loads what the gate is made of. */
export async function prepare(): Promise<Prepared> {
  const classify = await loadClassify();
  let mounted: ReadonlyMap<string, Mounted> = new Map();
  let ownerOf = (_: string): string | undefined => undefined;
  const gate = createPostgresGate({
    find: (database) => {
      const found = mounted.get(database);
      const owner = ownerOf(database);
      return (
        found && {
          classify: found.judge.classify,
          ...(owner === undefined ? {} : { owner }),
          executionMs: found.settings.statementMs + EXTRA_MS,
        }
      );
    },
  });
  return {
    gate,
    open: async (parts) => {
      const { inForce, figures, log, keys, opening } = parts;
      const credentials: CredentialParts = {
        ...parts,
        secret: scramSecretOf(keys),
        verifiers: () => inForce().verifiers ?? new Map(),
        trustDomain: () => inForce().config.postgres.tls?.trustDomain,
      };
      const guests = createGuests((agent) => grantsOf(credentials, agent));
      const rechecking = setInterval(guests.recheck, RECHECK_MS).unref();
      opening.defer(() => clearInterval(rechecking));
      const house = createQueryHouse({ ...parts, epoch: createEpoch([...parts.grounds, inForce]) });
      opening.defer(house.told);
      const mounts = createMounts({
        mount: (entry) =>
          mount(entry, {
            classify,
            house: measuredHouse(house, figures),
            key: keys.fingerprint,
            limits: inForce().config.postgres.limits,
            classesOf: (database) => inForce().classes?.[database] ?? {},
            shown: () => NOTHING,
            urlOf: (approvalId) => `${parts.publicUrl}/a/${approvalId}`,
            log,
          }),
        onLeft: guests.leave,
        log,
      });
      opening.defer(mounts.close);
      mounted = mounts.all;
      ownerOf = (database) => ownerIn(inForce(), database);
      const told = new Set<string>();
      const follow = (): void => {
        mounts.follow(inForce());
        for (const name of mounts.all.keys()) if (!told.has(name)) tell(name);
      };
      const tell = (database: string): void => {
        told.add(database);
        const find = (): Mounted | undefined => mounts.all.get(database);
        figures.gauge(
          'countersign_postgres_up',
          () => {
            const found = find();
            return found && Number(found.catalog.now() !== undefined);
          },
          { database },
        );
        figures.gauge(
          'countersign_postgres_connections',
          () => (find() ? guests.count(database) : undefined),
          { database },
        );
      };
      follow();
      await known(mounts.all.values(), KNOWN_MS);
      const shared: PostgresParts = {
        databases: mounts.all,
        now: Date.now,
        log: (event, about) => log.info(event, about),
      };
      const onPeer = (peer: Peer): void => {
        const limit = mounts.all.get(peer.database)?.settings.connections;
        if (limit !== undefined && guests.count(peer.database) >= limit)
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
      opening.defer(() => listener.close());
      log.info('postgres-listening', { port: listener.port, databases: mounts.all.size });
      return {
        port: listener.port,
        probes: () => [...mounts.all.values()].map(probeOf),
        follow,
        stop: () => listener.close(GRACE_MS),
      };
    },
  };
}

/** Longer than the server lets a statement run, so that its end is heard of before it counts as unknown. */
const EXTRA_MS = 30_000;
const NOTHING: readonly DataClasses[] = [];

/** Who answers for the data, as its attributes say. */
function ownerIn({ config }: Pick<InForce, 'config'>, database: string): string | undefined {
  const listed = config.resources.find(({ type, id }) => type === DATABASE && id === database);
  const entry = listed ?? config.postgres.databases.find(({ name }) => name === database);
  const owner = entry?.attrs['owner'];
  return owner instanceof TypedFact ? owner.value : typeof owner === 'string' ? owner : undefined;
}

const probeOf = ({ name, catalog }: Mounted): Probe => ({
  name: `postgres-${name}`,
  look: () => (catalog.now() ? { status: 'ok' } : { status: 'degraded', detail: 'unreachable' }),
});
