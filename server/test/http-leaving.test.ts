import { connect } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActionStatus } from '@countersign/api';
import { held, READ, startGateway, tokenOf, type Fixture, type Name } from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
test('a report is recorded however long its summary gets once all of it is visible', async () => {
  const { body } = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ);
  await gateway.call('etl', 'POST', '/v1/grants/redeem', { grant: body.grant });
  const reported = await gateway.call<ActionStatus>(
    'etl',
    'POST',
    `/v1/actions/${body.id}/outcome`,
    { outcome: 'executed', summary: `\u202ea${'😀'.repeat(2_047)}` },
  );
  expect(reported.status).toBe(200);
  expect(reported.body.state).toBe('executed');
});

test('events end for a person who is not active any more', async () => {
  const { status } = await held(gateway, 's3://no-more');
  const open = (name: Name): Promise<Response> =>
    fetch(`${gateway.url()}/v1/actions/${status.id}/events`, {
      headers: { authorization: `Bearer ${tokenOf(name)}` },
    });
  const events = (await open('ann')).text();
  const path = join(gateway.folder, 'countersign.yaml');
  const config = readFileSync(path, 'utf8');
  writeFileSync(path, config.replace(/(id: ann, .*groups: \[data-owners\])/, '$1, active: false'));
  while ((await open('ann')).status === 200) await pause(20);
  await gateway.call('etl', 'POST', `/v1/actions/${status.id}/cancel`);
  const told = await events;
  expect(told).toContain('"pending"');
  expect(told).not.toContain('"cancelled"');
});

test('a credential that ends while a body is still sent does not let it in', async () => {
  const { port } = new URL(gateway.url());
  const body = JSON.stringify({ grant: 'none' });
  const socket = connect(Number(port), '127.0.0.1');
  let told = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (told += chunk));
  const head = [
    'POST /v1/grants/redeem HTTP/1.1',
    'host: localhost',
    `authorization: Bearer ${tokenOf('runner')}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await pause(100);
  writeFileSync(join(gateway.folder, 'runner.token'), `cse_${'n'.repeat(24)}`, { mode: 0o600 });
  const path = join(gateway.folder, 'countersign.yaml');
  const config = readFileSync(path, 'utf8');
  writeFileSync(path, config.replace('env:T_runner', 'file:runner.token'));
  while ((await gateway.call('runner', 'GET', '/v1/me')).status === 200) await pause(20);
  const closed = new Promise((resolve) => void socket.on('close', resolve));
  socket.write(body);
  await closed;
  expect(told).toMatch(/^HTTP\/1\.1 401 /);
});
