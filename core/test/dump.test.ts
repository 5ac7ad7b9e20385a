import { describe, expect, test } from 'vitest';
import { createMemoryStore, describeDumpContract, type Store } from '../src/testing/index.ts';

const memory: Store = {
  name: 'memory',
  open: async (clock) => {
    const store = createMemoryStore({ clock });
    return { store, dump: store.dump, dispose: store.close };
  },
  load: async (dump, clock) => {
    const store = createMemoryStore({ clock });
    await store.load(dump);
    return { store, dump: store.dump, dispose: store.close };
  },
};

describeDumpContract(memory, memory, { describe, test, expect });

test('a store that has a ledger takes no other', async () => {
  const [full, store] = [createMemoryStore(), createMemoryStore()];
  await store.append({ stream: 'a', expectedVersion: 0, entries: ['{}'] });
  await expect(store.load(await full.dump())).rejects.toThrow('has a ledger');
});
