import { Validator } from '@cfworker/json-schema';
import type { Json } from '@countersign/core';
import { readFlat, type Checked } from './flat-schema.ts';
import { membersOf, textOf } from './members.ts';
import type { Members } from './message.ts';
import { copySchema, SchemaFailure, type CopyFor } from './schema-copy.ts';

const FUEL = 20_000;
const LARGEST_SCHEMA = 262_144;
const LONGEST_MATCHED = 4_096;
const NOT: Checked = Object.freeze({ conforms: false, isUnderstood: false });

type Compiled = { readonly isWhole: boolean; readonly fits: (value: Members) => boolean };

/** A tool's input schema, made ready once. Nothing of it is ever fetched: a `$ref` that leads elsewhere fits nothing. */
export type SchemaCheck = (given: Members, longest: number) => Checked;

/** Compiles a schema, each kind of use at its first need. */
export function createSchemaCheck(source: Json | undefined): SchemaCheck {
  const flat = flatOf(source);
  if (flat) return flat;
  const made = new Map<string, Compiled | undefined>();
  const get = (copyFor: CopyFor): Compiled | undefined => {
    const key = JSON.stringify(copyFor);
    if (!made.has(key)) made.set(key, compile(source, copyFor));
    return made.get(key);
  };
  return (given, longest) => {
    const hasPatterns = longest <= LONGEST_MATCHED;
    const open = get({ isClosed: false, hasPatterns });
    if (!open?.fits(given)) return NOT;
    const closed = open.isWhole ? get({ isClosed: true, hasPatterns }) : undefined;
    return { conforms: true, isUnderstood: closed?.fits(given) === true };
  };
}

const isSmall = (schema: Members): boolean => JSON.stringify(schema).length <= LARGEST_SCHEMA;

function flatOf(source: Json | undefined): SchemaCheck | undefined {
  const schema = membersOf(source);
  const flat = schema && readFlat(schema);
  return flat && isSmall(schema) ? flat : undefined;
}

function compile(source: Json | undefined, copyFor: CopyFor): Compiled | undefined {
  const schema = membersOf(source);
  if (!schema) return undefined;
  let fuel = 0;
  const burn = (): void => {
    if (--fuel < 0) throw new SchemaFailure('too much to evaluate');
  };
  try {
    if (!isSmall(schema)) return undefined;
    fuel = FUEL;
    const { schema: copy, isWhole } = copySchema(schema, burn, copyFor);
    const validator = new Validator(copy, copyFor.isClosed ? '2020-12' : draftOf(schema));
    return {
      isWhole,
      fits: (value) => {
        fuel = FUEL;
        try {
          return validator.validate(value).valid;
        } catch {
          return false; // R2: what cannot be checked does not fit
        }
      },
    };
  } catch {
    return undefined;
  }
}

function draftOf(schema: Members): '4' | '7' | '2019-09' | '2020-12' {
  const named = /draft-0([47])|draft\/(2019-09)/.exec(textOf(schema['$schema']) ?? '');
  return (named?.[1] ?? named?.[2] ?? '2020-12') as '4' | '7' | '2019-09' | '2020-12';
}
