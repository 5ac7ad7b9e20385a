import { describe, expect, test } from 'vitest';
import { createMemoryStore, describeStoreContract } from '../src/testing/index.ts';

describeStoreContract(
  'memory',
  async (clock) => {
    const store = createMemoryStore({ clock });
    return { store, dispose: store.close };
  },
  { describe, test, expect },
);
