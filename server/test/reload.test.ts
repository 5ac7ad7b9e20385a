import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ActionStatus } from '@countersign/api';
import { READ, startGateway } from './gateway-fixture.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

test.skipIf(process.platform === 'win32')(
  'a configuration that took long to read never replaces a newer one',
  async () => {
    const gateway = await startGateway();
    const propose = async (): Promise<string> =>
      (await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ)).body.code;
    const loads = (): number => gateway.logs().split('"config-in-force"').length - 1;
    const types = join(gateway.folder, 'policies', 'actions.yaml');
    const text = readFileSync(types, 'utf8');
    const pipe = join(gateway.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    renameSync(pipe, types); // whoever reads it waits until it is written
    await pause(400);
    expect(loads()).toBe(0);
    execFileSync('ln', [types, pipe]);
    writeFileSync(`${types}.new`, text);
    renameSync(`${types}.new`, types);
    const path = join(gateway.folder, 'countersign.yaml');
    writeFileSync(path, `${readFileSync(path, 'utf8')}kill_switch: { all: true }\n`);
    while ((await propose()) !== 'kill-switch') await pause(20);
    await pause(400);
    writeFileSync(pipe, text);
    await pause(400);
    expect(await propose()).toBe('kill-switch');
    await gateway.stop();
  },
);
