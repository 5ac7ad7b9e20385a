import { expect, onTestFinished, test, vi } from 'vitest';
import type { Admission, House } from '../src/house.ts';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { partsOf, send, serveFront } from './front-support.ts';
import { serveLegacySdk, serveModernSdk } from './support.ts';

const HELD: Admission = {
  is: 'held',
  status: { id: 'act_1', state: 'pending', code: 'review', reasons: [], approvalId: 'apr_1' },
};
const P = 'io.modelcontextprotocol/';
const META = { [`${P}protocolVersion`]: '2026-07-28', [`${P}clientCapabilities`]: {} };
const call = (meta?: object): object => ({
  jsonrpc: '2.0',
  id: 9,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'x' }, ...(meta && { _meta: meta }) },
});

/** A house where nobody has answered yet. */
function holding(): House & { readonly waits: AbortSignal[]; redeemed: number } {
  const it = {
    waits: [] as AbortSignal[],
    redeemed: 0,
    admit: () => Promise.resolve(HELD),
    wait: (_by: string, _id: string, { signal }: { readonly signal: AbortSignal }) => {
      it.waits.push(signal);
      return new Promise<Admission>((done) => signal.addEventListener('abort', () => done(HELD)));
    },
    redeem: () => {
      it.redeemed += 1;
      return Promise.resolve(HELD);
    },
    byApproval: () => Promise.resolve(undefined),
  };
  return it;
}

test.each(['legacy', 'modern'] as const)(
  'invariant 3: a %s caller that is gone lets go of what is held, and nothing runs',
  async (era) => {
    const isModern = era === 'modern';
    const { url: server } = await (isModern ? serveModernSdk() : serveLegacySdk());
    const upstream = createHttpUpstream({ name: 'real', url: server });
    onTestFinished(() => upstream.close());
    const house = holding();
    const { url: origin } = await serveFront({ ...partsOf([upstream]), house });
    const url = `${origin}/mcp/real`;
    const clientInfo = { name: 'raw', version: '1' };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    const begun = await send(url, {
      body: { jsonrpc: '2.0', id: 0, method: 'initialize', params },
    });
    const session = begun.headers.get('mcp-session-id') ?? '';
    const headers = isModern
      ? {
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'echo',
          'mcp-param-text': 'x',
        }
      : { 'mcp-session-id': session };
    const leaving = new AbortController();
    const response = await fetch(url, {
      method: 'POST',
      signal: leaving.signal,
      headers: {
        authorization: 'Bearer one',
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(call(isModern ? META : undefined)),
    });
    // it streams at once, so that no proxy and no client gives up
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(house.waits[0]?.aborted).toBe(false);
    leaving.abort();
    await response.text().catch(() => undefined);
    await vi.waitFor(() => expect(house.waits.every(({ aborted }) => aborted)).toBe(true));
    expect(house.redeemed).toBe(0);
  },
);

test('at the address of all, a held call is a task that leads back to its server', async () => {
  const upstream = createHttpUpstream({ name: 'real', url: (await serveModernSdk()).url });
  onTestFinished(() => upstream.close());
  const house: House = { ...holding(), wait: () => Promise.resolve(HELD) };
  const url = `${(await serveFront({ ...partsOf([upstream]), house })).url}/mcp`;
  const meta = { ...META, [`${P}clientCapabilities`]: { extensions: { [`${P}tasks`]: {} } } };
  const ask = (method: string, params: object, name: string) =>
    send(url, {
      body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } },
      headers: {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        'mcp-name': name,
        'mcp-param-text': 'x',
      },
    });
  const params = { name: 'real__echo', arguments: { text: 'x' } };
  const { json } = await ask('tools/call', params, 'real__echo');
  expect(json).toMatchObject({ result: { resultType: 'task', status: 'working' } });
  const { taskId } = (json as { result: { taskId: string } }).result;
  expect((await ask('tasks/get', { taskId }, taskId)).json).toMatchObject({
    result: { taskId, status: 'working' },
  });
  expect((await ask('tasks/get', { taskId: 'x' }, 'x')).json).toMatchObject({
    error: { code: -32_602 },
  });
});
