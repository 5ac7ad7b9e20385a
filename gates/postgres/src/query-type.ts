import type { ActionType } from '@countersign/core';
import { DATABASE, SQL_QUERY } from './names.ts';

/** As much as the wire protocol can count. */
const MOST_PARAMETERS = 65_535;
const INT32 = 2_147_483_647;
const OID = 4_294_967_295;
/** Longest second of a permission that repeats (R1). */
export const REPEAT_MS = 1_000;

/** The action type `sql.query`: all of it is bound, so exactly this runs. */
export const QUERY_TYPE: ActionType = {
  name: SQL_QUERY,
  version: 1,
  resource: DATABASE,
  arguments: {
    text: { type: 'string', maxLength: 4_194_304, description: 'The whole text of the message' },
    values: {
      type: 'array',
      optional: true,
      maxLength: MOST_PARAMETERS,
      description: 'Values of its parameters as they were bound',
      items: {
        type: 'object',
        fields: {
          type: { type: 'integer', minimum: 0, maximum: OID },
          format: { type: 'string', enum: ['text', 'binary'] },
          // null is no text: NULL
          value: { type: 'json' },
        },
      },
    },
    formats: {
      type: 'array',
      optional: true,
      maxLength: MOST_PARAMETERS,
      items: { type: 'integer', enum: [0, 1] },
    },
    maxRows: { type: 'integer', optional: true, minimum: 0, maximum: INT32 },
    lane: { type: 'string', enum: ['read', 'write'] },
    transaction: { type: 'string', enum: ['own', 'block'] },
    prepared: {
      type: 'array',
      optional: true,
      maxLength: 16,
      description: 'What an SQL EXECUTE in it runs: the texts that prepared it',
      items: {
        type: 'object',
        fields: {
          name: { type: 'string', maxLength: 256 },
          text: { type: 'string', maxLength: 4_194_304 },
        },
      },
    },
    clear: {
      type: 'array',
      optional: true,
      maxLength: 64,
      description: 'Data classes that are asked for in clear',
      items: { type: 'string', maxLength: 64 },
    },
    repeats: {
      type: 'object',
      optional: true,
      description: 'Where policy alone allows it: the same shape again, within this time',
      fields: {
        shape: { type: 'string', maxLength: 71 },
        ms: { type: 'integer', minimum: 1, maximum: REPEAT_MS },
      },
    },
  },
};
