import { InvalidArguments } from '../errors.ts';

/** A schema as the Standard Schema convention has it. */
type Standard = {
  readonly '~standard': {
    readonly validate: (value: unknown) => Parsed | Promise<Parsed>;
  };
};
type Parsed = {
  readonly value?: unknown;
  readonly issues?: readonly { readonly message: string }[] | undefined;
};

/**
 * A call's input as its schema makes it, for hosts that parse a call once, twice or, when it is resumed, not at all: one
 * whose schema would change it again the second time is refused, as what would run is not what was asked for (R3).
 */
export async function parseOnce(schema: unknown, raw: unknown): Promise<object> {
  const input = await parse(schema, raw ?? {});
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new InvalidArguments('$', 'is no object');
  if (!isSame(await parse(schema, input), input))
    throw new InvalidArguments(
      '$',
      'changes each time its schema is applied; guard a tool whose schema changes it once',
    );
  return input;
}

async function parse(schema: unknown, value: unknown): Promise<unknown> {
  if (!isStandard(schema)) return value;
  const { issues, value: parsed } = await schema['~standard'].validate(value);
  if (issues !== undefined && issues.length > 0)
    throw new InvalidArguments(
      '$',
      `does not fit: ${issues.map(({ message }) => message).join('; ')}`,
    );
  return parsed;
}

const isStandard = (schema: unknown): schema is Standard =>
  (typeof schema === 'object' || typeof schema === 'function') &&
  schema !== null &&
  '~standard' in schema;

/** Whether two values are the same JSON, in whatever order their members are; a member that is undefined is none. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSame(Reflect.get(a, name), Reflect.get(b, name)));
}
