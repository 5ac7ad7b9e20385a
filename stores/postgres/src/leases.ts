import type { Leases } from '@countersign/core';
import type { Ask } from './reader.ts';

/** Leases as rows of the database, by its clock; `holder` is a random name of this process. */
export const createLeases = (ask: Ask, holder: string): Leases => ({
  hold: async (name, ms) => {
    try {
      return (await ask('hold', [name, holder, ms])).length > 0;
    } catch {
      return false;
    }
  },
  release: async () => {
    try {
      await ask('letGo', [holder]);
    } catch {
      // it ends by itself
    }
  },
});
