/** A schema as tools have them: Standard Schema (zod among them), or plain JSON Schema, of which the type is not known. */
export type Parsing<I> =
  | { readonly '~standard': { readonly types?: { readonly output: I } | undefined } }
  | { readonly type: 'object' };

type Read = { readonly value?: unknown; readonly issues?: readonly { readonly message: string }[] };

/** What a model wrote, as its tool's schema reads it; throws where that refuses it. JSON Schema reads it as it is. */
export async function validated(schema: object, raw: unknown): Promise<unknown> {
  if (!('~standard' in schema)) return raw;
  const standard = schema['~standard'] as { validate: (value: unknown) => Read | Promise<Read> };
  const { value, issues } = await standard.validate(raw);
  if (issues) throw new TypeError(issues.map(({ message }) => message).join('; '));
  return value;
}
