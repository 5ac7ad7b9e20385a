import { sha256, type Digest } from '@countersign/core';
import type { Estimate, QueryArguments } from '../house.ts';
import { createGenerations } from './generations.ts';
import type { Ground, Standing } from './standing.ts';

/** What is known of one shape of one agent, on one lane, in or out of a transaction. */
export type Slot = {
  standing: Standing | undefined;
  /** One that is being opened; those who come meanwhile wait for it. */
  opening: Promise<Standing | undefined> | undefined;
  /** Policy alone allowed it under these grounds: the next one is asked for with leave to repeat. */
  allowed: Ground | undefined;
  /** The planner's guess at it, by this generation of the catalog. */
  estimate: { readonly generation: number; readonly is: Estimate | undefined } | undefined;
  /** Who asked last. */
  session: string;
};

/** One shape with its slots. */
export type Shape = { readonly digest: () => Digest; readonly slots: Map<string, Slot> };

type How = Pick<QueryArguments, 'lane' | 'transaction'>;
const keyOf = (agent: string, { lane, transaction }: How): string =>
  `${lane}/${transaction}/${agent}`;

const MOST_TEXTS = 1_024;
const MOST_SHAPES = 2_048;
/** Longer texts are seldom sent twice, and cost as much to look up as to read. */
const LONGEST = 8_192;
/** Agents are few, but a slot is kept for each; beyond this a shape starts over. */
const MOST_SLOTS = 256;

/** The shapes seen lately, bounded. What is forgotten while it stands is told when its time is over. */
export function createShapes(shapeOf: (text: string) => string | undefined): {
  readonly of: (text: string) => Shape | undefined;
  readonly slot: (shape: Shape, agent: string, how: How) => Slot | undefined;
  /** The same; made where there is none yet. */
  readonly open: (shape: Shape, agent: string, how: How) => Slot;
  /** Ends all that stands. */
  readonly end: () => void;
} {
  const texts = createGenerations<Shape>(MOST_TEXTS);
  const shapes = createGenerations<Shape>(MOST_SHAPES);
  const read = (text: string): Shape | undefined => {
    const shape = text.length > LONGEST ? undefined : shapeOf(text);
    if (shape === undefined) return undefined;
    const found = shapes.get(shape) ?? shapes.set(shape, newShape(shape));
    // a text with literals in it hardly comes again, and to remember it costs as much as to strip it
    return shape === text || text.includes('$') ? texts.set(text, found) : found;
  };
  return {
    of: (text) => texts.get(text) ?? read(text),
    slot: ({ slots }, agent, how) => slots.get(keyOf(agent, how)),
    open: (shape, agent, how) => {
      const key = keyOf(agent, how);
      const known = shape.slots.get(key);
      if (known) return known;
      if (shape.slots.size >= MOST_SLOTS) emptied(shape);
      const slot = newSlot();
      shape.slots.set(key, slot);
      return slot;
    },
    end: () => {
      for (const shape of shapes.values()) emptied(shape);
    },
  };
}

function newShape(text: string): Shape {
  let digest: Digest | undefined;
  return { digest: () => (digest ??= sha256(text)), slots: new Map() };
}

const newSlot = (): Slot => ({
  standing: undefined,
  opening: undefined,
  allowed: undefined,
  estimate: undefined,
  session: '',
});

function emptied({ slots }: Shape): void {
  for (const { standing } of slots.values()) standing?.end();
  slots.clear();
}
