/** A map of bounded size that forgets what was not used lately: what is found in the old half moves to the young one. */
export type Generations<V> = {
  readonly get: (key: string) => V | undefined;
  readonly set: (key: string, value: V) => V;
  readonly delete: (key: string) => void;
  readonly values: () => Iterable<V>;
};

/** @param half most that are kept young; at most twice as many are kept in all */
export function createGenerations<V>(half: number): Generations<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  const set = (key: string, value: V): V => {
    if (young.size >= half && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
    return value;
  };
  return {
    set,
    get: (key) => {
      const found = young.get(key);
      if (found !== undefined) return found;
      const before = old.get(key);
      return before === undefined ? undefined : set(key, before);
    },
    delete: (key) => {
      young.delete(key);
      old.delete(key);
    },
    values: () => [...old.values(), ...young.values()],
  };
}
