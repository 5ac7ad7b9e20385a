import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, tokenOf, type Fixture } from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway((folder) => {
    const path = join(folder, 'countersign.yaml');
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text.replace('listen: 127.0.0.1:0', 'listen: 0.0.0.0:0\npublic_url: https://gate.example'),
    );
  });
});
afterAll(() => gateway.stop());

/** What a caller with this `Host` gets; the fetch of Node sets its own. */
const ask = (
  path: string,
  host: string,
): Promise<{ readonly status: number | undefined; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(gateway.url());
    const headers = { host, authorization: `Bearer ${tokenOf('rita')}` };
    const asked = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, body }));
    });
    asked.on('error', reject).end();
  });

test('its operator is warned', () => {
  expect(gateway.logs()).toContain('"event":"config-warning","code":"reachable","path":"listen"');
});
test.each([
  ['/v1/me', 'gate.example', 200],
  ['/v1/me', 'evil.example', 421],
  ['/v1/me', '192.0.2.7:8088', 421],
  ['/v1/me', '0.0.0.0:8088', 421],
  ['/openapi.json', '192.0.2.7:8088', 421],
  ['/metrics', '192.0.2.7:8088', 421],
  ['/ledger/checkpoint', '192.0.2.7:8088', 421],
  ['/nowhere', '192.0.2.7:8088', 421],
  ['/healthz', '192.0.2.7:8088', 200],
  ['/readyz', '192.0.2.7:8088', 200],
  ['/readyz', 'evil.example', 421],
  ['/healthz?x=/v1/me', '192.0.2.7:8088', 400],
])('%s called by the name %s', async (path, host, status) => {
  expect((await ask(path, host)).status).toBe(status);
});
test('its ledger is named by the public host', async () => {
  const { body } = await ask('/ledger/checkpoint', 'gate.example');
  expect(body.split('\n')[0]).toBe('gate.example/ledger');
});
