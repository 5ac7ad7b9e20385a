import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Problem } from '@countersign/api';
import { openBrowser, type Browser } from './browser.ts';
import {
  CLIENT,
  SECRET,
  startFakeProvider,
  type FakeProvider,
} from '../../identity/test/fake-provider.ts';
import { startGateway, type Fixture } from './gateway-fixture.ts';

/** A gateway with two identity providers, and whoever comes by. */
export type House = {
  readonly origin: string;
  readonly gateway: Fixture;
  readonly one: FakeProvider;
  readonly two: FakeProvider;
  readonly browser: () => Browser;
  readonly close: () => Promise<void>;
};

/** Some exports ask for a session. */
const STRONG = `@id("strong")
@review("Where it goes is sensitive")
@approvers("data-owners") @quorum("2") @expires("10m") @assurance("session")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "strong*" };
@id("paid")
@review("It costs money")
@approvers("payments") @quorum("2") @expires("10m")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "paid*" };
`;

/** A port nobody has at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Starts all of them; `more` is further configuration, which may refer to files that it writes. */
export async function openHouse(
  prepare: (one: FakeProvider) => void = () => undefined,
  more: (folder: string) => string = () => '',
): Promise<House> {
  const [one, two] = [await startFakeProvider(), await startFakeProvider()];
  prepare(one);
  two.isPosted = true;
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const gateway = await startGateway((folder) => {
    const file = join(folder, 'countersign.yaml');
    writeFileSync(join(folder, 'policies', 'strong.review.cedar'), STRONG);
    writeFileSync(join(folder, 'client.secret'), SECRET, { mode: 0o600 });
    const text = readFileSync(file, 'utf8')
      .replace('127.0.0.1:0', `127.0.0.1:${port}`)
      .replace(
        "id: rita, name: rita, token: 'env:T_rita'",
        "id: rita, name: rita, token: 'env:T_rita', identities: [{ provider: one, subject: u-rita }]",
      );
    writeFileSync(
      file,
      `${more(folder)}public_url: ${origin}
groups: [payments]
sign_in:
  development: true
  providers:
    - { id: one, name: One, issuer: '${one.issuer}', client_id: ${CLIENT}, client_secret: 'file:client.secret', groups: { map: { Owners: data-owners, Payments: payments } } }
    - { id: two, issuer: '${two.issuer}', client_id: ${CLIENT}, client_secret: 'file:client.secret', scim: true }
${text}`,
    );
  });
  return {
    origin,
    gateway,
    one,
    two,
    browser: () => openBrowser(origin),
    close: async () => {
      await gateway.stop();
      await one.close();
      await two.close();
    },
  };
}

const JSON_ONLY = { headers: { accept: 'application/json' } };

/** Goes all the way by a provider; the problem it ends in, or where it leads. */
export async function come(
  { origin }: Pick<House, 'origin'>,
  browser: Browser,
  provider = 'one',
  query = '?next=/healthz',
): Promise<string> {
  let at = `${origin}/auth/login/${provider}${query}`;
  for (let hops = 0; hops < 4; hops++) {
    const response = await browser.request(at, JSON_ONLY);
    const location = response.headers.get('location');
    if (response.status >= 400) return ((await response.json()) as Problem).code;
    if (location === null) return at;
    at = new URL(location, at).href;
    if (at.startsWith(origin) && !at.includes('/auth/')) return at.slice(origin.length);
  }
  return 'nowhere';
}
