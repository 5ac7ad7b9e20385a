import type { AppendOutcome, AppendRefusal, Quota, Standing, Unit } from '@countersign/core';
import { err, ok } from '@countersign/core';

/** Who holds a claim, and until when. */
export type Held = { readonly stream: string; readonly until?: number };
type Place = Pick<Standing, 'agent' | 'state'>;

/** What the database holds of everything a batch names, read under the lock on the head. */
export type Look = {
  readonly versions: ReadonlyMap<string, number>;
  readonly claims: ReadonlyMap<string, Held>;
  /** Only when a unit of the batch has a quota. */
  readonly places: ReadonlyMap<string, Place>;
  /** How many streams each agent has in each state, by `placeKey`. */
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

/** Names a place in `Look.counts`. */
export const placeKey = ({ agent, state }: Place): string => `${agent}\0${state}`;

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
    return unit.quota && isReached(unit.quota, stream) ? { code: 'over-quota' } : undefined;
  }

  function isReached({ agent, states, most }: Quota, stream: string): boolean {
    const own = places.get(stream);
    const isCounted = own !== undefined && own.agent === agent && states.includes(own.state);
    const all = new Set(states);
    let others = isCounted ? -1 : 0;
    for (const state of all) others += counts.get(placeKey({ agent, state })) ?? 0;
    return others >= most;
  }

  function stand(stream: string, standing: Standing): void {
    const before = places.get(stream);
    if (before) counts.set(placeKey(before), (counts.get(placeKey(before)) ?? 0) - 1);
    counts.set(placeKey(standing), (counts.get(placeKey(standing)) ?? 0) + 1);
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
    for (const [name, data] of Object.entries(unit.blobs ?? {})) blobs.push([stream, name, data]);
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
