import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStand, type Stand } from './postgres-stand.ts';

let stand: Stand;
beforeAll(async () => void (stand = await openStand()), 60_000);
afterAll(() => stand.close());

test('a read comes back masked', async () => {
  const client = await stand.connect();
  console.log((await client.query('select id, plan, email from customers where id = 3')).rows);
  console.log(
    (await client.query('select id, plan, email from customers where id = $1', [3])).rows,
  );
  console.log(
    await client
      .query("update customers set plan = 'x' where id = 3")
      .catch((e) => [e.code, e.message, e.hint, e.detail]),
  );
  console.log(
    await client
      .query('select * from countries')
      .catch((e) => [e.code, e.message, e.hint, e.detail]),
  );
  await stand.vote('approve');
  console.log(
    await client
      .query("update customers set plan = 'x' where id = 3")
      .catch((e) => [e.code, e.message, e.hint, e.detail]),
  );
  console.log((await client.query('select id, plan, email from customers where id = 3')).rows);
  await client.end();
  console.log(
    (await stand.entries()).map((e) => e.type),
    stand.logged,
  );
});
