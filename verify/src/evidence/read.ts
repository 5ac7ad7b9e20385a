import { isObject, type Json, type JsonObject } from '../json.ts';

/** Thrown by the readers below and caught where an event is taken in: a member is not what its event needs. */
export class Malformed extends Error {}

const refuse = (name: string, what: string): never => {
  throw new Malformed(`\`${name}\` is not ${what}`);
};

/** A member that is text. */
export const textOf = (object: JsonObject, name: string): string => {
  const value = object[name];
  return typeof value === 'string' ? value : refuse(name, 'text');
};

/** A member that is text, or is not there. */
export const optionalTextOf = (object: JsonObject, name: string): string | undefined =>
  object[name] === undefined ? undefined : textOf(object, name);

/** A member that is a whole number. */
export const integerOf = (object: JsonObject, name: string): number => {
  const value = object[name];
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : refuse(name, 'a whole number');
};

/** A member that is true or false. */
export const flagOf = (object: JsonObject, name: string): boolean => {
  const value = object[name];
  return typeof value === 'boolean' ? value : refuse(name, 'true or false');
};

/** A member that is an object. */
export const objectOf = (object: JsonObject, name: string): JsonObject => {
  const value = object[name];
  return isObject(value) ? value : refuse(name, 'an object');
};

/** A member that is an object, or is not there. */
export const optionalObjectOf = (object: JsonObject, name: string): JsonObject | undefined =>
  object[name] === undefined ? undefined : objectOf(object, name);

/** A member that is a list. */
const listOf = (object: JsonObject, name: string): readonly Json[] => {
  const value = object[name];
  return Array.isArray(value) ? (value as readonly Json[]) : refuse(name, 'a list');
};

/** A member that is a list of objects. */
export const objectsOf = (object: JsonObject, name: string): readonly JsonObject[] =>
  listOf(object, name).map((item) => (isObject(item) ? item : refuse(name, 'a list of objects')));

/** A member that is a list of objects, or is not there. */
export const optionalObjectsOf = (object: JsonObject, name: string): readonly JsonObject[] =>
  object[name] === undefined ? [] : objectsOf(object, name);

/** A member that is a list of whole numbers. */
export const integersOf = (object: JsonObject, name: string): readonly number[] =>
  listOf(object, name).map((item) => integerOf({ item }, 'item'));

/** A member that is a list of texts. */
export const textsOf = (object: JsonObject, name: string): readonly string[] =>
  listOf(object, name).map((item) =>
    typeof item === 'string' ? item : refuse(name, 'a list of texts'),
  );

/** A member that is one of some words. */
export function wordOf<W extends string>(object: JsonObject, name: string, words: readonly W[]): W {
  const value = textOf(object, name);
  return words.find((word) => word === value) ?? refuse(name, `one of ${words.join(', ')}`);
}

/** 128 bits as base64url: 22 characters, the last of which carries two bits (AD-4, DS-6). */
export const isNonce = (text: string): boolean => /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text);

/** A member that is 128 random bits. */
export const nonceOf = (object: JsonObject, name: string): string => {
  const value = textOf(object, name);
  return isNonce(value) ? value : refuse(name, '128 bits of base64url');
};

/** A member that is a SHA-256 as `sha256:` and 64 lower-case hex digits (AD-5). */
export function digestOf(object: JsonObject, name: string): string {
  const value = textOf(object, name);
  return /^sha256:[0-9a-f]{64}$/.test(value) ? value : refuse(name, 'a digest');
}
