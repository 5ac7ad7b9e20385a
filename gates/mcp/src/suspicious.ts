import { visible, type Json } from '@countersign/core';
import { listOf, membersOf, textOf } from './members.ts';
import type { Members } from './message.ts';

/** What in a tool's description is unlike a description (POL-20). */
export type Suspicion =
  | 'hidden-characters'
  | 'look-alike-letters'
  | 'orders-to-the-model'
  | 'names-other-tools';

const LONGEST = 65_536;
const DEEPEST = 16;
const MOST_NAMES = 64;
const NAME = /[A-Za-z][A-Za-z0-9]*(?:[_.-][A-Za-z0-9]+|[a-z0-9][A-Z][a-z0-9]+)[A-Za-z0-9_.-]*/g;

/** Bounded and without repetition of repetitions: the server writes the text they are tried on. */
const ORDERS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget) (?:all |any |the |your )?(?:previous|prior|above|earlier|other|system)\b/i,
  /\bdo ?n[o']t (?:ever )?(?:tell|mention|inform|reveal|show|notify|ask)\b/i,
  /\b(?:without|never) (?:telling|mentioning|informing|notifying|asking) (?:it to )?the user\b/i,
  /<\/?(?:important|system|secret|instructions?|assistant|admin)\b/i,
  /\b(?:system prompt|developer message|chain of thought)\b/i,
  /\byou (?:must|should|have to) (?:always|first|never|also|not)\b/i,
  /\b(?:before|after|instead of|prior to) (?:using|calling|invoking|running) (?:this|any|every|other|the)\b/i,
  /\b(?:pass|send|include|read|append) (?:the )?(?:contents? of|full|entire|whole) (?:conversation|chat|history|file|~|\/)/i,
];

/** What stands out in a definition by itself, and the names in it that may be other tools'. */
export type Reading = {
  readonly suspicions: readonly Suspicion[];
  readonly names: readonly string[];
};

/** Reads a definition's words: descriptions and titles, wherever they stand in it. */
export function readWords(definition: Members): Reading {
  const text = wordsOf(definition).join('\n').slice(0, LONGEST).toWellFormed();
  const shown = visible(text);
  const found: Suspicion[] = [];
  if (hasHidden(text)) found.push('hidden-characters');
  if (shown.lookalikes.length > 0) found.push('look-alike-letters');
  if (ORDERS.some((order) => order.test(text.replaceAll(/\s+/g, ' '))))
    found.push('orders-to-the-model');
  const own = textOf(definition['name']);
  const names = [...new Set(text.match(NAME))].filter((name) => name !== own);
  return { suspicions: found, names: names.slice(0, MOST_NAMES) };
}

// no-break spaces and emoji joiners are ordinary in prose; what draws nothing, or turns the order around, is not
const HIDDEN =
  /[\p{Co}\p{Cn}\p{Cs}\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]|[\u{e0000}-\u{e0fff}]/u;
const hasHidden = (text: string): boolean =>
  text.includes('\u001b') || HIDDEN.test(text.replaceAll(/\p{Extended_Pictographic}\u200d/gu, ''));

function wordsOf(value: Json, depth = 0): readonly string[] {
  if (depth > DEEPEST) return [];
  if (Array.isArray(value)) return listOf(value).flatMap((one) => wordsOf(one, depth + 1));
  return Object.entries(membersOf(value) ?? {}).flatMap(([name, member]) =>
    typeof member === 'string'
      ? name === 'description' || name === 'title'
        ? [member]
        : []
      : wordsOf(member, depth + 1),
  );
}
