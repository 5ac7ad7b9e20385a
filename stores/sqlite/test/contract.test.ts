import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStoreContract } from '@countersign/core/testing';
import { describe, expect, test } from 'vitest';
import { createSqliteStore } from '../src/index.ts';

describeStoreContract(
  'sqlite',
  async (clock) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
    const store = await createSqliteStore({ folder, clock });
    return {
      store,
      dispose: async () => {
        await store.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  { describe, test, expect },
);
