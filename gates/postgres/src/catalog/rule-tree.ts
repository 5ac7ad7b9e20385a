/** What the stored query of a view uses. */
export type ViewQuery = {
  /** Columns it may read of each relation, by attnum; 0: the whole row. */
  readonly reads: readonly { readonly oid: number; readonly attnums: readonly number[] }[];
  /** OIDs of what it calls, operators included. */
  readonly functions: readonly number[];
  /** Origin of each of its columns, in order, where it is a column as it stands: then it is nothing else. */
  readonly origins: readonly ({ readonly oid: number; readonly attnum: number } | undefined)[];
};

type Value = string | readonly Value[] | Node;
type Node = { readonly fields: ReadonlyMap<string, Value> };

// attnums stand in sets of bits from the lowest system column on
const LOWEST = -7;
const CALLS = ['funcid', 'opfuncid', 'aggfnoid', 'winfnoid', 'tsmhandler'];

/**
 * Reads a rule's `ev_action`. It names more than `pg_depend` does: that leaves out what came with the server, functions such
 * as `table_to_xml` among it, and whole rows. The columns are those that the server itself checks the right to read of.
 * Undefined: not of the form we know.
 */
export function readRuleTree(text: string): ViewQuery | undefined {
  const tree = parse(text);
  const query = Array.isArray(tree) ? (tree as readonly Value[])[0] : tree;
  if (!isNode(query)) return undefined;
  const targets = query.fields.get('targetList');
  if (!Array.isArray(targets)) return undefined;
  const nodes = nodesOf(tree ?? '');
  return {
    reads: nodes.flatMap(({ fields }) => {
      const oid = numberOf(fields.get('relid'));
      if (oid === 0) return [];
      const columns = fields.get('selectedCols');
      return [{ oid, attnums: attnumsOf(columns) }];
    }),
    functions: [
      ...new Set(nodes.flatMap(({ fields }) => CALLS.map((key) => numberOf(fields.get(key))))),
    ].filter((oid) => oid !== 0),
    origins: targets
      .filter(isNode)
      .filter(({ fields }) => fields.get('resjunk') !== 'true')
      .map(({ fields }) => {
        const oid = numberOf(fields.get('resorigtbl'));
        const attnum = numberOf(fields.get('resorigcol'));
        return oid === 0 || attnum === 0 ? undefined : { oid, attnum };
      }),
  };
}

const isNode = (value: Value | undefined): value is Node =>
  typeof value === 'object' && 'fields' in value;

const numberOf = (value: Value | undefined): number =>
  typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : 0;

/** `(b 8 9)`: bits from `LOWEST` on. */
const attnumsOf = (value: Value | undefined): readonly number[] =>
  Array.isArray(value)
    ? (value as readonly Value[]).slice(1).map((bit) => numberOf(bit) + LOWEST)
    : [];

function nodesOf(root: Value): readonly Node[] {
  const found: Node[] = [];
  const open: Value[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string') continue;
    if (isNode(value)) {
      found.push(value);
      open.push(...value.fields.values());
    } else open.push(...value);
  }
  return found;
}

/** `{TAG :key value …}`, `(…)` and tokens in which a backslash protects one character. */
function parse(text: string): Value | undefined {
  let at = 0;
  const skip = (): string | undefined => {
    while (text[at] === ' ' || text[at] === '\n') at++;
    return text[at];
  };
  const token = (): string => {
    const start = at;
    while (at < text.length && !/[\s(){}]/.test(text[at] ?? '')) at += text[at] === '\\' ? 2 : 1;
    if (at === start) throw new SyntaxError('no token');
    return text.slice(start, at);
  };
  const list = (): readonly Value[] => {
    const values: Value[] = [];
    at++;
    while (skip() !== ')') values.push(value());
    at++;
    return values;
  };
  const node = (): Node => {
    const fields = new Map<string, Value>();
    at++;
    token();
    while (skip() !== '}') {
      const key = token();
      if (!key.startsWith(':')) throw new SyntaxError('no key');
      skip();
      // ATTACKER: a column may be called ":relid", so the first value is one, whatever it looks like
      fields.set(key.slice(1), value());
      for (let next = skip(); next !== ':' && next !== '}'; next = skip()) value();
    }
    at++;
    return { fields };
  };
  const value = (): Value => {
    const next = skip();
    return next === '{' ? node() : next === '(' ? list() : token();
  };
  try {
    return value();
  } catch {
    return undefined;
  }
}
