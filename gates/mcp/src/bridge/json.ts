import type { Json } from '@countersign/core';
import { answered } from '../answer.ts';
import { membersOf } from '../members.ts';
import type { Id, Members } from '../message.ts';

/** An object, or an empty one for whatever else it is. */
export const orNone = (value: Json | undefined): Members => membersOf(value) ?? {};

/** A text, or an empty one for whatever else it is. */
export const orBlank = (value: Json | undefined): string =>
  typeof value === 'string' ? value : '';

/** The members without some. */
export function without(members: Members, ...names: readonly string[]): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

/** A refusal of ours. */
export const refusal = (id: Id, code: number, message: string): ReturnType<typeof answered> =>
  answered(id, { error: { code, message } });
