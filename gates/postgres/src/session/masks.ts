import type { Catalog } from '../catalog/catalog.ts';
import type { ResultMasking, RowMask } from '../mask/mask.ts';
import type { StatementFacts } from '../sql/facts.ts';

type Known = {
  readonly description: Buffer;
  readonly catalog: Catalog | undefined;
  readonly clear: readonly string[];
  readonly mask: RowMask;
};

const MOST = 8;
const known = new WeakMap<ResultMasking, WeakMap<StatementFacts, Known[]>>();

/** The mask of one result; remembered by its statement and the exact bytes that describe it. */
export function maskOf(
  masking: ResultMasking,
  description: Buffer,
  of: {
    readonly facts: StatementFacts | undefined;
    readonly catalog: Catalog | undefined;
    readonly clear: readonly string[];
  },
): RowMask {
  const { facts, catalog, clear } = of;
  if (!facts) return masking.rows({ description, ...of });
  const list = listOf(masking, facts);
  for (const one of list)
    if (one.catalog === catalog && one.clear === clear && one.description.equals(description))
      return one.mask;
  const copy = Buffer.from(description);
  const mask = masking.rows({ description: copy, ...of });
  if (list.length >= MOST) list.length = 0;
  list.push({ description: copy, catalog, clear, mask });
  return mask;
}

function listOf(masking: ResultMasking, facts: StatementFacts): Known[] {
  const byFacts = known.get(masking) ?? new WeakMap<StatementFacts, Known[]>();
  known.set(masking, byFacts);
  const list = byFacts.get(facts) ?? [];
  byFacts.set(facts, list);
  return list;
}
