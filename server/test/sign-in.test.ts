import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Me } from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, signInAs } from './browser.ts';
import { startGateway, type Fixture } from './gateway-fixture.ts';
import { freePort } from './sign-in-fixture.ts';

let gateway: Fixture;
let origin: string;
beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  gateway = await startGateway((folder) => {
    const file = join(folder, 'countersign.yaml');
    const text = readFileSync(file, 'utf8').replace('127.0.0.1:0', `127.0.0.1:${port}`);
    writeFileSync(file, `public_url: ${origin}\nsign_in: { development: true }\n${text}`);
  });
});
afterAll(() => gateway.stop());

describe('a person signs in by the development provider', () => {
  test('and is who they picked, with a session that counts as one', async () => {
    const browser = openBrowser(origin);
    const end = await signInAs(browser, origin, 'rita');
    expect(end.status, await end.clone().text()).toBe(200);
    expect(end.url).toBe(`${origin}/healthz`);
    const { body } = await browser.call<Me>('GET', '/v1/me');
    expect(body).toMatchObject({
      kind: 'person',
      id: 'rita',
      reach: 'session',
      session: { provider: 'development', isRecent: true, assurance: 'session' },
    });
  });
});
