import type { DataClass } from './class.ts';

/**
 * One detector, as data. It is tried where one of its keywords (or its `start`) occurs, never over the whole text.
 *
 * INVARIANT: a rule decides from the text between 64 characters before its trigger and `reach` after it, and never
 * reads past the first `stop` character: a stream may be cut anywhere and must still give the same answer.
 */
export type Rule = {
  readonly id: string;
  /** What the placeholder says. */
  readonly class: DataClass;
  /** Lower case, compared without case, no white space; one character, or three to forty. */
  readonly keywords: readonly string[];
  /** Triggers that are not literal: a digit that begins a word; a capital that begins one, before another or a digit. */
  readonly start?: 'number' | 'capitals';
  /**
   * Only tried where so many digits follow, before anything but ` .()/:+-` (three in a row) and, after a capital, letters.
   * INVARIANT: spares time and changes nothing: no match has fewer.
   */
  readonly least?: number;
  /** Only tried where a `capitals` trigger is one of these. */
  readonly initials?: string;
  /** Characters that may stand before the keyword and belong to the match, at most 64 of them. */
  readonly lookBack?: RegExp;
  /** Sticky (`y`), with indices (`d`). The first capture that took part is the value; without captures, all of it. */
  readonly regex: RegExp;
  /** The character before the match must not be this. */
  readonly notAfter?: RegExp;
  readonly reach: number;
  readonly stop: 'space' | 'line' | 'footer';
  /** What must stand around the match. */
  readonly context?: Context;
  readonly validate?: (value: string) => boolean;
  /** When `validate` refuses, try again without what this matches at the end. */
  readonly shorten?: RegExp;
  /** Not used unless asked for. */
  readonly off?: true;
};

/** What stands around a match, on the 64 characters before it and on the rest of its line within reach. */
export type Context = {
  /** Words before it, one of which must be there; or, in their place, `after` it. */
  readonly near?: RegExp;
  readonly after?: RegExp;
  /** Words before it that say it is something else. */
  readonly unless?: RegExp;
};
