import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeStoreContract } from '@countersign/core/testing';
import { createPostgresStore, migrate } from '../src/index.ts';
import { testDatabase } from '../../../test/postgres.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.remove());

for (const isEarlyRelease of [false, true])
  describeStoreContract(
    isEarlyRelease ? 'postgres, early lock release' : 'postgres',
    async (clock) => {
      const access = { url: database.url, schema: `t${randomBytes(6).toString('hex')}` };
      await migrate(access);
      const store = await createPostgresStore({ ...access, clock, isEarlyRelease });
      return {
        store,
        dispose: async () => {
          await store.close();
          const client = new pg.Client({ connectionString: database.url });
          await client.connect();
          await client.query(`DROP SCHEMA ${access.schema} CASCADE`);
          await client.end();
        },
      };
    },
    { describe, test, expect },
  );
