import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { CONSOLE_PAGES } from '@countersign/api';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readConsole } from '../src/console-files.ts';
import { consoleRoutes } from '../src/http/console.ts';
import type { Exchange, Reply } from '../src/http/exchange.ts';
import { startGateway, type Fixture } from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${gateway.url()}${path}`, { headers: { 'accept-encoding': 'identity', ...headers } });

const paths = Object.values(CONSOLE_PAGES).map((path) => path.replace('{id}', 'apr_1'));

describe('the page', () => {
  test.each([...paths, '/?utm_source=mail', '/sign-in?next=%2Fa%2Fapr_1&problem=x'])(
    '%s is the same page, public and never kept',
    async (path) => {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await answer.text()).toContain('<div id="app"></div>');
    },
  );
  test('runs nothing but its own script, in no frame, and says so once', async () => {
    const { headers } = await get('/');
    const csp = headers.get('content-security-policy') ?? '';
    expect(csp.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    // two policies would both hold, and the stricter one of other answers would leave a dead page
    expect(csp.match(/default-src/g)).toHaveLength(1);
    expect(csp).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('publickey-credentials-get=(self)');
  });
  test('nothing else is a page', async () => {
    for (const path of ['/index.html', '/a/', '/a/x/y', '/admin', '/src/main.tsx'])
      // oxlint-disable-next-line no-await-in-loop -- one after the other is plain to read
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect((await fetch(`${gateway.url()}/`, { method: 'POST' })).status).toBe(405);
  });
});

const scripts = async (): Promise<readonly string[]> =>
  [
    ...(await (await get('/')).text()).matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g),
  ].map(([, path = '']) => path);

describe('files', () => {
  test('hashed ones are kept for good, the others are asked for again', async () => {
    const found = await scripts();
    expect(found.length).toBeGreaterThan(1);
    for (const path of found) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is plain to read
      const answer = await get(path);
      expect(answer.headers.get('cache-control')).toContain('immutable');
      expect(answer.headers.get('content-type')).toMatch(/^text\/(?:javascript|css)/);
    }
    for (const path of ['/sw.js', '/manifest.webmanifest', '/assets/icon-192.png'])
      // oxlint-disable-next-line no-await-in-loop -- one after the other is plain to read
      expect((await get(path)).headers.get('cache-control')).toBe('no-cache');
  });
  test.each([
    ['br', 'br'],
    ['gzip, br;q=0.5', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', null],
    ['brotli', null],
    ['', null],
  ])('to whoever takes `%s` goes %s', async (accepted, coding) => {
    const routes = consoleRoutes();
    const plain = await reply(routes.inboxPage, '', 'identity');
    const sent = await reply(routes.inboxPage, '', accepted);
    const at = sent.headers?.indexOf('content-encoding') ?? -1;
    expect(at < 0 ? null : sent.headers?.[at + 1]).toBe(coding);
    expect(sent.headers).toContain('vary');
    const body = Buffer.from(sent.body);
    const text =
      coding === 'br' ? brotliDecompressSync(body) : coding === 'gzip' ? gunzipSync(body) : body;
    expect(text.toString()).toBe(Buffer.from(plain.body).toString());
  });
  test.each([
    '../index.html',
    '..%2findex.html',
    '../../package.json',
    'constructor',
    '__proto__',
    'icon-192.png/',
    'icon-192.png.br',
  ])('/assets/%s is not found', async (name) => {
    const sent = await reply(consoleRoutes().consoleAsset, name, 'br');
    expect(sent.status).toBe(404);
  });
  test('where it was not built, a page says what to do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-console-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const unbuilt = consoleRoutes(readConsole(join(folder, 'dist')));
    const sent = await reply(unbuilt.inboxPage, '', 'br');
    expect([sent.status, String(sent.body)]).toEqual([
      503,
      expect.stringContaining('npm run build -w console'),
    ]);
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist', 'index.html'), 'x');
    writeFileSync(join(folder, 'dist', 'secret.key'), 'x');
    expect([...readConsole(join(folder, 'dist')).keys()]).toEqual(['index.html']);
  });
});

async function reply(
  handle: (exchange: Exchange<'inboxPage'> & Exchange<'consoleAsset'>) => Reply | Promise<Reply>,
  param: string,
  accepted: string,
): Promise<Exclude<Reply, 'taken'>> {
  const request = { headers: { 'accept-encoding': accepted } };
  const sent = await handle({ request, param, requestId: 'r' } as never);
  if (sent === 'taken') throw new Error('it answered by itself');
  return sent;
}
