/** What the vendor sent, looked at member by member: nothing of it is believed to have a shape. */
export type Loose = Readonly<Record<string, unknown>>;

const NOTHING: Loose = {};

/** A member that is an object; an empty one otherwise. */
export const inside = (value: Loose, name: string): Loose => asObject(value[name]);

export const asObject = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : NOTHING;

/** A member that is a text; an empty one otherwise. */
export function text(value: Loose, name: string): string {
  const member = value[name];
  return typeof member === 'string' ? member : '';
}

/** A member that is a list of objects. */
export function items(value: Loose, name: string): readonly Loose[] {
  const member = value[name];
  return Array.isArray(member) ? member.map(asObject) : [];
}

/** An object of JSON text; undefined for anything else. */
export function parseObject(json: string): Loose | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Loose)
      : undefined;
  } catch {
    return undefined;
  }
}
