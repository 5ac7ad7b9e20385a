/** An object of which nothing is known. */
export type Loose = Readonly<Record<string, unknown>>;

export const asLoose = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};

export const asList = (value: unknown): readonly Loose[] =>
  Array.isArray(value) ? value.map(asLoose) : [];

export const asText = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The arguments of a call, form-encoded as the vendor's library does: objects are JSON in a field. */
export function argumentsOf(body: string): Loose {
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [
      name,
      /^[[{]/.test(value) ? parsed(value) : value,
    ]),
  );
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
