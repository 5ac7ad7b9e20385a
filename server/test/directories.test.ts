import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApprovalPage, Me, Problem } from '@countersign/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeGoogle, type FakeGoogle } from '../../test/fake-google.ts';
import { held } from './gateway-fixture.ts';
import { come, openHouse, type House } from './sign-in-fixture.ts';

let google: FakeGoogle;
let house: House;
beforeAll(async () => {
  google = await startFakeGoogle();
  house = await openHouse(
    () => undefined,
    (folder) => {
      writeFileSync(join(folder, 'google.json'), google.keyFile, { mode: 0o600 });
      return `directories:
  - { id: google, provider: one, service_account: 'file:google.json', endpoint: '${google.url}', groups: { map: { Owners@x.example: data-owners } } }
`;
    },
  );
});
afterAll(async () => {
  await house.close();
  await google.close();
});

test('R2: groups are looked up when somebody decides; a directory that does not answer is a refusal', async () => {
  google.trouble = 500;
  house.one.user = { sub: 'u-gus', name: 'Gus', email: 'gus@x.example' };
  const gus = house.browser();
  expect(await come(house, gus)).toBe('/healthz');
  const asked = await held(house.gateway, 's3://google');
  const path = `/v1/approvals/${asked.status.approvalId}`;
  const vote = (page: ApprovalPage) =>
    gus.call<Problem & { status: { state: string } }>('POST', `${path}/votes`, {
      choice: 'approve',
      version: page.version,
      seenDigest: page.seenDigest,
    });
  const refused = await vote(asked.page);
  expect(refused).toMatchObject({ status: 503, body: { code: 'directory-unavailable' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  google.trouble = undefined;
  google.groups.set('gus@x.example', ['owners@x.example', 'others@x.example', 'more@x.example']);
  expect((await vote(asked.page)).body).toMatchObject({ status: { state: 'approved' } });
  expect((await gus.call<Me>('GET', '/v1/me')).body).toMatchObject({ groups: ['data-owners'] });
});
