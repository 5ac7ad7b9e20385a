import { uidText, type SchemaJson } from './cedar.ts';

/** What slicing and encoding need to know of a schema. Lists are transitively closed and include the thing itself. */
export type SchemaIndex = {
  /** By action uid: the groups it is in, and the types it applies to. */
  readonly actions: Readonly<
    Record<string, { readonly within: readonly string[]; readonly resources: readonly string[] }>
  >;
  /** By entity type: the types its ancestors may have. */
  readonly types: Readonly<Record<string, readonly string[]>>;
};

function closure(start: string, next: (of: string) => readonly string[]): readonly string[] {
  const seen = new Set([start]);
  for (const one of seen) for (const other of next(one)) seen.add(other);
  return [...seen].toSorted();
}

/** Indexes a schema with resolved types. */
export function indexSchema(schema: SchemaJson<string>): SchemaIndex {
  const parents = new Map<string, readonly string[]>();
  const resources = new Map<string, readonly string[]>();
  const above = new Map<string, readonly string[]>();
  for (const [namespace, { actions, entityTypes }] of Object.entries(schema)) {
    const full = (name: string): string =>
      name.includes('::') || namespace === '' ? name : `${namespace}::${name}`;
    const actionType = full('Action');
    for (const [id, action] of Object.entries(actions)) {
      const uid = uidText({ type: actionType, id });
      const groups = (action.memberOf ?? []).map((g) =>
        uidText({ type: full(g.type ?? 'Action'), id: g.id }),
      );
      parents.set(uid, groups);
      resources.set(uid, (action.appliesTo?.resourceTypes ?? []).map(full));
    }
    for (const [name, type] of Object.entries(entityTypes))
      above.set(full(name), ('memberOfTypes' in type ? (type.memberOfTypes ?? []) : []).map(full));
  }
  return {
    actions: Object.fromEntries(
      [...parents.keys()].map((uid) => [
        uid,
        {
          within: closure(uid, (of) => parents.get(of) ?? []),
          resources: resources.get(uid) ?? [],
        },
      ]),
    ),
    types: Object.fromEntries(
      [...above.keys()].map((type) => [type, closure(type, (of) => above.get(of) ?? [])]),
    ),
  };
}
