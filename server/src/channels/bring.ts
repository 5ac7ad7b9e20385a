import type { Channel, Clock, Copy, CopyEvent, Delivered } from '@countersign/core';
import type { Log } from './copies.ts';
import type { Brought } from './queue.ts';

/** What there is to be told: how it is put, changed and added to in one channel. */
export type Matter = {
  readonly subject: string;
  /** Entries that are told of: a copy that shows as many is as it should be. */
  readonly version: number;
  /** Nothing more will change. */
  readonly isFinal: boolean;
  /** Where it should be now; what is there already stays. */
  readonly places: readonly string[];
  /** Whether what is not there yet should still be put there. */
  readonly isWanted: boolean;
  readonly post: (place: string, key: string) => Promise<Delivered>;
  readonly update?: (copy: string) => Promise<Delivered>;
  /** One line below a copy for what came after so many entries, if there is anything to say. */
  readonly tell?: (copy: string, after: number, key: string) => Promise<Delivered> | undefined;
};

type Bringing = {
  readonly channel: Channel;
  readonly log: Log;
  readonly clock: Clock;
  readonly onDelivered: (did: Delivered['did']) => void;
};

const DONE: Brought = { did: 'done' };
const BUSY: Brought = { did: 'again', because: 'busy', afterMs: 100 };
/** What was found is not yet what it should be. */
const FOUND: Brought = { did: 'again', because: 'found', afterMs: 0 };

/**
 * Brings every copy of a matter in one channel to the truth, and tells the ledger what became of each. What is to be sent is
 * told before it is sent: after a crash it is known that it may be there (R1: nothing here is ever on the path of a decision).
 */
export async function bring(of: Bringing, matter: Matter): Promise<Brought> {
  const { log, clock, channel } = of;
  const { list } = log.now();
  const missing = matter.isWanted
    ? matter.places.filter((place) => !list.some((copy) => copy.place === place))
    : [];
  const fresh = new Set(missing.map((_, i) => `${matter.subject}.${list.length + i}`));
  if (missing.length > 0) {
    const keys = [...fresh];
    const copies = missing.map((place, i) => ({ key: keys[i] ?? '', place }));
    const type = 'card.posting' as const;
    const { subject } = matter;
    if (!(await log.add([{ type, at: clock(), channel: channel.id, subject, copies }])))
      return BUSY;
  }
  const events: CopyEvent[] = [];
  let end = DONE;
  for (const copy of log.now().list) {
    if (isRight(copy, matter)) continue;
    const brought = await bringOne(of, matter, copy, fresh.has(copy.key));
    events.push(...brought.events);
    if (brought.end.did === 'done') continue;
    end = brought.end;
    if (!brought.end.isOnlyHere) break; // what keeps one from arriving keeps the others
  }
  return (await log.add(events)) ? end : BUSY;
}

function isRight({ state, version }: Copy, matter: Matter): boolean {
  if (state === 'posting') return false;
  if (state !== 'posted') return true;
  return !matter.isFinal && (version === matter.version || !matter.update);
}

type One = { readonly events: readonly CopyEvent[]; readonly end: Brought };

async function bringOne(of: Bringing, matter: Matter, copy: Copy, isNew: boolean): Promise<One> {
  if (copy.state === 'posting') return post(of, matter, copy, isNew);
  const at = of.clock();
  const { key } = copy;
  const final: CopyEvent[] = matter.isFinal
    ? [{ type: 'card.final', at, key, version: matter.version }]
    : [];
  if (copy.copy === undefined) return { events: final, end: DONE };
  const told = await tell(of, matter, copy);
  if (!matter.update || copy.version === matter.version)
    return { events: [...told, ...final], end: DONE };
  const delivered = await matter.update(copy.copy);
  of.onDelivered(delivered.did);
  return concluded(of, delivered, copy, (_, where) => {
    const { version } = matter;
    // what is known of it has changed with it, and is needed after a restart
    const moved: CopyEvent[] =
      where === copy.copy ? [] : [{ type: 'card.posted', at, key, copy: where, version }];
    return [...moved, ...told, ...final];
  });
}

async function post(of: Bringing, matter: Matter, copy: Copy, isNew: boolean): Promise<One> {
  const { channel } = of;
  const { place, key } = copy;
  // it may be there already: this process, or the one before, did not hear how it went
  const found = isNew ? undefined : await channel.find?.(place, key);
  if (found?.did === 'again' || found?.did === 'unsure')
    return { events: [], end: { did: 'again', because: found.because } };
  if (found?.did !== 'done' && !matter.isWanted) {
    const because = 'settled before it could be told';
    return { events: [{ type: 'card.dropped', at: of.clock(), key, because }], end: DONE };
  }
  const delivered = found?.did === 'done' ? found : await matter.post(place, key);
  of.onDelivered(delivered.did);
  const one = concluded(of, delivered, copy, (shown, where) => {
    const { version } = matter;
    const at = of.clock();
    const posted: CopyEvent = {
      type: 'card.posted',
      at,
      key,
      copy: where,
      // what was found may show an older state
      version: found ? 0 : version,
      ...(shown && { shown }),
    };
    const isFinal = matter.isFinal && (!found || !matter.update);
    return isFinal ? [posted, { type: 'card.final', at, key, version }] : [posted];
  });
  return found?.did === 'done' && matter.update ? { ...one, end: FOUND } : one;
}

function concluded(
  of: Bringing,
  delivered: Delivered,
  { key }: Copy,
  done: (shown: Extract<Delivered, { did: 'done' }>['shown'], copy: string) => readonly CopyEvent[],
): One {
  const { did } = delivered;
  switch (did) {
    case 'done':
      return { events: done(delivered.shown, delivered.copy), end: DONE };
    case 'again':
      return { events: [], end: delivered };
    case 'unsure':
      return { events: [], end: { did: 'again', because: delivered.because } };
    case 'refused':
    case 'gone': {
      const { because } = delivered;
      return { events: [{ type: 'card.dropped', at: of.clock(), key, because }], end: DONE };
    }
  }
}

/**
 * Lines below a copy are told at most once: they are noted as told whatever became of them, for the copy itself says
 * everything they say.
 */
async function tell(of: Bringing, matter: Matter, copy: Copy): Promise<readonly CopyEvent[]> {
  if (copy.copy === undefined) return [];
  const sent = matter.tell?.(copy.copy, copy.told ?? 0, `${copy.key}.${matter.version}`);
  if (!sent) return [];
  of.onDelivered((await sent).did);
  return [{ type: 'card.told', at: of.clock(), key: copy.key, version: matter.version }];
}
