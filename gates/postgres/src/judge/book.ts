import type { CatalogFollower } from '../catalog/catalog.ts';
import type { Admission, Estimate, House, QueryRun } from '../house.ts';
import { REPEAT_MS } from '../query-type.ts';
import type { TextFacts } from '../sql/facts.ts';
import type { Asked, Judge } from './judge.ts';
import { createShapes, type Shape, type Slot } from './shapes.ts';
import { openStanding, type Ground, type Standing } from './standing.ts';

type Parts = {
  readonly database: string;
  readonly catalog: Pick<CatalogFollower, 'now'>;
  readonly shapeOf: (text: string) => string | undefined;
  readonly house: House;
  readonly now: () => number;
};

/** A statement whose shape may be permitted. */
export type Entry = { readonly shape: Shape; readonly slot: Slot };

/** Permissions that stand for a moment (R1). */
export type Book = {
  readonly permitted: Judge['permitted'];
  readonly entry: (asked: Asked) => Entry | undefined;
  readonly standing: (entry: Entry) => Standing | undefined;
  /** Policy alone allowed this shape under these grounds. */
  readonly isAllowed: (entry: Entry) => boolean;
  readonly ground: () => Ground;
  /** Asks for leave to repeat. What comes back released may run, and stands for those who ask meanwhile. */
  readonly open: (
    entry: Entry,
    asked: Asked,
    about: { readonly facts: TextFacts; readonly evidence: Estimate | undefined },
  ) => Promise<Admission>;
  readonly close: () => void;
};

/** Opens one. Nothing in it stands before its entries are durable, or longer than its second. */
export function createBook(parts: Parts): Book {
  const { house, catalog, now } = parts;
  const shapes = createShapes(parts.shapeOf);
  let isClosed = false;

  const ground = (): Ground => ({
    epoch: house.epoch(),
    generation: catalog.now()?.generation ?? NONE,
  });
  const isGround = ({ epoch, generation }: Ground): boolean =>
    epoch === house.epoch() && generation === catalog.now()?.generation && !house.isBehind();
  const standingIn = (slot: Slot): Standing | undefined => {
    const { standing } = slot;
    if (standing === undefined) return undefined;
    const at = now();
    if (at < standing.until && at >= standing.since && isGround(standing)) return standing;
    closed(slot);
    return undefined;
  };

  const admit = async ({ shape, slot }: Entry, asked: Asked, evidence: Estimate | undefined) => {
    const before = ground();
    const repeats = { shape: shape.digest(), ms: REPEAT_MS };
    const args = { ...asked.arguments, repeats };
    const query = { ...asked, arguments: args, ...(evidence && { evidence }) };
    const admission = await house.admit(query);
    if (admission.is !== 'released') slot.allowed = undefined;
    return { before, admission };
  };
  const stands = (slot: Slot, run: QueryRun, about: About): Standing => {
    const { before, ...rest } = about;
    const standing = openStanding({ ...rest, run, ground: before, now: now(), ms: REPEAT_MS });
    closed(slot);
    slot.standing = standing;
    // what changed while it was asked for ends it before it began
    if (isClosed || !isGround(before)) closed(slot);
    return standing;
  };

  const open: Book['open'] = async (entry, asked, { facts, evidence }) => {
    const { slot } = entry;
    const { promise, resolve } = Promise.withResolvers<Standing | undefined>();
    slot.opening = promise;
    let standing: Standing | undefined;
    try {
      const { before, admission } = await admit(entry, asked, evidence);
      if (admission.is !== 'released') return admission;
      standing = stands(slot, admission.run, { facts, before, isAsked: true });
      return { is: 'released', run: { ...admission.run, report: standing.asked } };
    } finally {
      slot.opening = undefined;
      resolve(standing);
    }
  };

  /** While one is busy the next is asked for, so that nobody waits for the disk each second. */
  const renew = (entry: Entry, asked: Asked, facts: TextFacts): void => {
    const { slot } = entry;
    const renewed = async (): Promise<Standing | undefined> => {
      const { before, admission } = await admit(entry, asked, slot.estimate?.is);
      if (admission.is === 'released')
        return stands(slot, admission.run, { facts, before, isAsked: false });
      // nobody waits for this one: people are not asked for nothing
      if (admission.is === 'held') await house.cancel(asked.agent, admission.status.id);
      return undefined;
    };
    slot.opening = renewed()
      .catch(() => undefined)
      .finally(() => (slot.opening = undefined));
  };

  return {
    ground,
    open,
    entry: ({ agent, session, arguments: args }) => {
      const shape = shapes.of(args.text);
      const slot = shape && shapes.open(shape, agent, args);
      if (!slot) return undefined;
      slot.session = session;
      return { shape, slot };
    },
    standing: ({ slot }) => standingIn(slot),
    isAllowed: ({ slot: { allowed, opening } }) =>
      allowed !== undefined && opening === undefined && !isClosed && isGround(allowed),
    permitted: (agent, text, how) => {
      if (how.clear !== undefined && how.clear.length > 0) return undefined;
      const shape = shapes.of(text);
      const slot = shape && shapes.slot(shape, agent, how);
      const standing = slot && standingIn(slot);
      if (!standing) return undefined;
      const permit = standing.take();
      if (slot.opening === undefined && now() >= standing.renewAt) {
        const args = { text, lane: how.lane, transaction: how.transaction };
        const asked = { agent, database: parts.database, session: slot.session, arguments: args };
        renew({ shape, slot }, asked, permit.facts);
      }
      return permit;
    },
    close: () => {
      isClosed = true;
      shapes.end();
    },
  };
}

type About = {
  readonly facts: TextFacts;
  readonly before: Ground;
  readonly isAsked: boolean;
};
const NONE = -1;

function closed(slot: Slot): void {
  slot.standing?.end();
  slot.standing = undefined;
}
