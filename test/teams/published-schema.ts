// The vendor's schema of Adaptive Cards 1.5, as published (github.com/microsoft/AdaptiveCards, schemas/1.5.0, MIT, copyright Microsoft).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';

const FILE = new URL('adaptive-card-1.5.schema.json', import.meta.url);
const SHA256 = '32c91fb285180a266a55b3475dd0396e63fe079311714d3a14963b41f5e17920';

const bytes = readFileSync(FILE);
if (createHash('sha256').update(bytes).digest('hex') !== SHA256)
  throw new Error('the published schema was changed');
// it calls itself by draft-06, and by an id that is not its address
const { id: _, ...schema } = JSON.parse(bytes.toString()) as Readonly<Record<string, unknown>>;
const draft06: unknown = createRequire(import.meta.url)('ajv/dist/refs/json-schema-draft-06.json');
const ajv = new Ajv({ strict: false, allErrors: false });
ajv.addMetaSchema(draft06 as object);
formats.default(ajv);
const validate = ajv.compile(schema);

/** What the published schema has against a card; nothing where it is one. */
export const againstSchema = (card: unknown): readonly string[] =>
  validate(card)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
