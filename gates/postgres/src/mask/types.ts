/** How the values of a type may be masked, and whether something may be found in them. */
export type TypeForm = 'text' | 'json' | 'jsonb' | 'plain' | 'structured';

const TEXT: ReadonlySet<number> = new Set([25, 1043, 1042, 19, 705]);
const PLAIN: ReadonlySet<number> = new Set(
  [
    [16, 17, 18, 20, 21, 23, 26, 700, 701, 790, 1700, 1560, 1562], // booleans, bytes, numbers, bits
    [1082, 1083, 1114, 1184, 1186, 1266], // dates and times
    [2950, 27, 28, 29, 5069, 3220, 2970, 5038, 2278], // identifiers and places
    [600, 601, 602, 603, 604, 628, 718], // shapes
    [1000, 1005, 1007, 1016, 1021, 1022, 1028, 1231, 1115, 1182, 1183, 1185, 1187, 2951], // lists
    [3904, 3906, 3908, 3910, 3912, 3926], // ranges
  ].flat(),
);

/** By OID. What is not known may hold anything. */
export function formOf(type: number): TypeForm {
  if (TEXT.has(type)) return 'text';
  if (type === 114) return 'json';
  if (type === 3802) return 'jsonb';
  return PLAIN.has(type) ? 'plain' : 'structured';
}
