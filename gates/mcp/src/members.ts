import type { Json } from '@countersign/core';
import type { Members } from './message.ts';
import { isMembers } from './read-message.ts';

/** A JSON object, or undefined for whatever else it is. */
export const membersOf = (value: Json | undefined): Members | undefined =>
  isMembers(value) ? value : undefined;

/** A JSON array, or nothing. */
export const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : [];

/** A text, or undefined. */
export const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
