// Another's idea of Okta: what our own fake provider takes for granted, this one may not.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Me } from '@countersign/api';
import { createEmulator, type Emulator } from 'emulate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from './browser.ts';
import { startGateway, type Fixture } from './gateway-fixture.ts';
import { freePort } from './sign-in-fixture.ts';

let okta: Emulator;
let gateway: Fixture;
let origin: string;
beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  const login = 'una@example.com';
  okta = await createEmulator({
    service: 'okta',
    port: await freePort(),
    seed: {
      okta: {
        users: [{ okta_id: 'u-1', login, email: login, first_name: 'Una', last_name: 'Okta' }],
        groups: [{ okta_id: 'g-1', name: 'Payments' }],
        group_memberships: [{ group_okta_id: 'g-1', user_okta_id: 'u-1' }],
        oauth_clients: [
          {
            client_id: 'countersign',
            client_secret: 'of-the-client',
            name: 'Countersign',
            redirect_uris: [`${origin}/auth/callback/okta`],
          },
        ],
      },
    },
  });
  gateway = await startGateway((folder) => {
    const file = join(folder, 'countersign.yaml');
    writeFileSync(join(folder, 'okta.secret'), 'of-the-client', { mode: 0o600 });
    const text = readFileSync(file, 'utf8').replace('127.0.0.1:0', `127.0.0.1:${port}`);
    writeFileSync(
      file,
      `public_url: ${origin}
sign_in:
  providers:
    - id: okta
      issuer: ${okta.url}/oauth2/default
      client_id: countersign
      client_secret: 'file:okta.secret'
      scopes: [openid, profile, email, groups]
      groups: { map: { Payments: payments } }
${text}`,
    );
  });
});
afterAll(async () => {
  await gateway.stop();
  await okta.close();
});

test('somebody of Okta signs in, with their groups', async () => {
  const browser = openBrowser(origin);
  const page = await (await browser.visit(`${origin}/auth/login/okta?next=/healthz`)).text();
  const forms = [...page.matchAll(/<form[^>]*action="([^"]+)"[^>]*>(.*?)<\/form>/gs)];
  const [, action = '', fields = ''] = forms.find(([form]) => form.includes('una@')) ?? [];
  const body = new URLSearchParams();
  for (const [, name = '', value = ''] of fields.matchAll(/name="([^"]+)" value="([^"]*)"/g))
    body.append(name, value);
  const end = await browser.visit(`${okta.url}${action}`, { method: 'POST', body });
  expect(end.url).toBe(`${origin}/healthz`);
  const { body: me } = await browser.call<Me>('GET', '/v1/me');
  expect(me).toMatchObject({
    name: 'Una Okta',
    groups: ['payments'],
    session: { provider: 'okta' },
  });
});
