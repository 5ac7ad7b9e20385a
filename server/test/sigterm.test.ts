import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { ActionStatus } from '@countersign/api';
import { exportTo, tokenOf, tokens, writeFolder } from './gateway-fixture.ts';

const BIN = fileURLToPath(new URL('../../cli/bin/countersign.js', import.meta.url));
const WAITERS = 50;
const READERS = 10;
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const headers = { authorization: `Bearer ${tokenOf('etl')}`, 'content-type': 'application/json' };

test.skipIf(process.platform === 'win32')(
  'SIGTERM to `countersign serve`: each of 50 waiters and 10 readers of events gets its answer, then it ends with 0',
  async () => {
    const folder = writeFolder();
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const child = spawn(process.execPath, [BIN, 'serve'], {
      cwd: folder,
      env: { ...process.env, ...tokens() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = new Promise<unknown>(
      (resolve) => void child.once('exit', (...how) => resolve(how)),
    );
    while (!out.includes('"ready"')) await pause(20);
    const url = /"url":"([^"]+)"/.exec(out)?.[1] ?? '';
    const get = (path: string): Promise<Response> => fetch(`${url}${path}`, { headers });

    const ids = await Promise.all(
      Array.from({ length: WAITERS }, async (_, i) => {
        const body = JSON.stringify(exportTo(`s3://sigterm/${i}`));
        const proposed = await fetch(`${url}/v1/actions`, { method: 'POST', headers, body });
        return ((await proposed.json()) as ActionStatus).id;
      }),
    );
    const waits = ids.map(async (id) => {
      const answer = await get(`/v1/actions/${id}?wait=50`);
      return [
        answer.status,
        ((await answer.json()) as ActionStatus).state,
        answer.headers.get('connection'),
      ];
    });
    const events = ids.slice(0, READERS).map(async (id) => {
      const text = await (await get(`/v1/actions/${id}/events`)).text();
      return [...text.matchAll(/^event: (\w+)$/gm)].map(([, event]) => event);
    });
    const waiting = async (): Promise<number> =>
      Number(/^countersign_waiters (\d+)$/m.exec(await (await get('/metrics')).text())?.[1]);
    while ((await waiting()) < WAITERS + READERS) await pause(5);

    const began = performance.now();
    child.kill('SIGTERM');
    expect(await Promise.all(waits)).toEqual(ids.map(() => [200, 'pending', 'close']));
    expect(await Promise.all(events)).toEqual(
      Array.from({ length: READERS }, () => ['status', 'shutdown']),
    );
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - began, 'nobody was waited for').toBeLessThan(9_000);
    expect(err).toBe('');
    expect(out).toContain('"stopped"');
  },
);
