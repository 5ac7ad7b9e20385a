import type {
  AppendOutcome,
  AppendRefusal,
  Counted,
  Quota,
  Standing,
  Unit,
} from '@countersign/core';
import { err, ok, sealBlob } from '@countersign/core';

/** Who holds a claim, and until when. */
export type Held = { readonly stream: string; readonly until?: number };
/** Where a stream stands, as far as caps go. */
export type Place = Pick<Standing, 'agent' | 'owner' | 'session' | 'state'>;

/** What the database holds of everything a batch names, read under the lock on the head. */
export type Look = {
  readonly versions: ReadonlyMap<string, number>;
  readonly claims: ReadonlyMap<string, Held>;
  /** Only when a unit of the batch has a quota. */
  readonly places: ReadonlyMap<string, Place>;
  /** How many streams of each that a quota names are in each state, by `countKey`. */
  readonly counts: ReadonlyMap<string, number>;
};

/** A unit that is written, at its place in the ledger. */
export type Written = { readonly unit: Unit; readonly firstSeq: number };

/** What becomes of a batch: an outcome for each unit, and what the database holds afterwards. */
export type Plan = {
  readonly outcomes: readonly AppendOutcome[];
  readonly written: readonly Written[];
  readonly standings: ReadonlyMap<string, Standing>;
  /** Undefined: freed. */
  readonly claims: ReadonlyMap<string, Held | undefined>;
  readonly blobs: readonly (readonly [stream: string, name: string, data: Uint8Array])[];
};

/** Names a count in `Look.counts`. */
export function countKey(of: Counted, state: string): string {
  if ('owner' in of) return `owner\0${of.owner}\0${state}`;
  const { agent, session } = of;
  return session === undefined
    ? `agent\0${agent}\0${state}`
    : `session\0${agent}\0${session}\0${state}`;
}

/** Every count that a stream at this place is in. */
const keysOf = ({ agent, owner, session, state }: Place): readonly string[] => [
  countKey({ agent }, state),
  ...(session === undefined ? [] : [countKey({ agent, session }, state)]),
  ...(owner === undefined ? [] : [countKey({ owner }, state)]),
];

/**
 * Goes through a batch unit by unit, each on what the ones before it left. Pure: the caller holds the lock that keeps
 * `look` true until the plan is written. `size` is that of the ledger, `now` the store's clock.
 */
export function planBatch(
  batch: readonly Unit[],
  look: Look,
  { size, now }: { readonly size: number; readonly now: number },
): Plan {
  const versions = new Map(look.versions);
  const claims = new Map<string, Held | undefined>(look.claims);
  const places = new Map(look.places);
  const counts = new Map(look.counts);
  const touched = new Set<string>();
  const standings = new Map<string, Standing>();
  const blobs: (readonly [string, string, Uint8Array])[] = [];
  const written: Written[] = [];
  let seq = size;

  function refusalOf({ stream, expectedVersion, ...unit }: Unit): AppendRefusal | undefined {
    const version = versions.get(stream) ?? 0;
    if (version !== expectedVersion) return { code: 'conflict', version };
    for (const { name } of unit.claims ?? []) {
      const held = claims.get(name);
      if (held && held.stream !== stream && (held.until === undefined || held.until > now))
        return { code: 'claimed', name, stream: held.stream };
    }
    const over = unit.quotas?.find((quota) => isReached(quota, stream));
    return over && { code: 'over-quota', of: over.of };
  }

  function isReached({ of, states, most }: Quota, stream: string): boolean {
    const place = places.get(stream);
    const own = new Set(place && keysOf(place));
    const keys = [...new Set(states)].map((state) => countKey(of, state));
    let others = keys.some((key) => own.has(key)) ? -1 : 0;
    for (const key of keys) others += counts.get(key) ?? 0;
    return others >= most;
  }

  function count(place: Place, by: number): void {
    for (const key of keysOf(place)) counts.set(key, (counts.get(key) ?? 0) + by);
  }

  function stand(stream: string, standing: Standing): void {
    const before = places.get(stream);
    if (before) count(before, -1);
    count(standing, 1);
    places.set(stream, standing);
    standings.set(stream, standing);
  }

  function write(unit: Unit): AppendOutcome {
    const { stream } = unit;
    const version = unit.expectedVersion + unit.entries.length;
    const firstSeq = seq;
    written.push({ unit, firstSeq });
    seq += unit.entries.length;
    versions.set(stream, version);
    for (const name of unit.releases ?? []) {
      if (claims.get(name)?.stream !== stream) continue;
      claims.set(name, undefined);
      touched.add(name);
    }
    for (const { name, until } of unit.claims ?? []) {
      claims.set(name, { stream, ...(until !== undefined && { until }) });
      touched.add(name);
    }
    for (const [name, blob] of Object.entries(unit.blobs ?? {}))
      blobs.push([stream, name, sealBlob(blob)]);
    if (unit.standing) stand(stream, unit.standing);
    return ok({ firstSeq, version });
  }

  const outcomes = batch.map((unit): AppendOutcome => {
    const refusal = refusalOf(unit);
    return refusal ? err(refusal) : write(unit);
  });
  const changed = [...touched].map((name) => [name, claims.get(name)] as const);
  return { outcomes, written, standings, claims: new Map(changed), blobs };
}
