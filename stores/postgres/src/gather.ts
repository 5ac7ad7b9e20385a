type Waiting<K, V> = {
  readonly key: K;
  readonly resolve: (value: V) => void;
  readonly reject: (cause: unknown) => void;
};

/** What is asked for in one turn of the event loop is asked together, at most `most` at a time; answers keep the order of keys. */
export function gather<K, V>(
  most: number,
  ask: (keys: readonly K[]) => Promise<readonly V[]>,
): (key: K) => Promise<V> {
  let waiting: Waiting<K, V>[] = [];

  async function answer(some: readonly Waiting<K, V>[]): Promise<void> {
    try {
      const values = await ask(some.map(({ key }) => key));
      // a value may be undefined itself, so each answer is taken by its place
      for (const [i, { resolve }] of some.entries()) resolve(values[i] as V);
    } catch (cause) {
      for (const { reject } of some) reject(cause);
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0)
        setImmediate(() => {
          const all = waiting;
          waiting = [];
          for (let at = 0; at < all.length; at += most) void answer(all.slice(at, at + most));
        });
      waiting.push({ key, resolve, reject });
    });
}
