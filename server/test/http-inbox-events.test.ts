import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  held,
  READ,
  startGateway,
  tokenOf,
  vote,
  type Fixture,
  type Name,
} from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

type Message = { readonly event: string; readonly data: Readonly<Record<string, unknown>> };
type Listening = {
  readonly status: number;
  /** The next message that is not a ping. */
  readonly next: () => Promise<Message | undefined>;
  readonly leave: () => void;
};

/** A browser's way of listening. */
async function listen(name: Name): Promise<Listening> {
  const left = new AbortController();
  const response = await fetch(`${gateway.url()}/v1/approvals/events`, {
    headers: { authorization: `Bearer ${tokenOf(name)}` },
    signal: left.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<Message | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const [, event = '', data = ''] =
          /^event: (\S+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? [];
        text = text.slice(end + 2);
        if (event) return { event, data: JSON.parse(data) as Message['data'] };
        continue;
      }
      const read = await reader?.read();
      if (!read || read.done) return undefined;
      text += read.value;
    }
  };
  return { status: response.status, next, leave: () => left.abort() };
}

test('whoever may see a request hears of it and of every change, and nobody else', async () => {
  const [rita, aud, eve] = await Promise.all([listen('rita'), listen('aud'), listen('eve')]);
  for (const one of [rita, aud, eve]) expect((await one.next())?.event).toBe('hello');
  await gateway.call('etl', 'POST', '/v1/actions', READ); // nobody is asked about it
  const asked = await held(gateway, 's3://events');
  const { approvalId } = asked.status;
  const data = { approvalId, state: 'pending', version: 1 };
  expect(await rita.next()).toEqual({ event: 'approval', data });
  await vote(gateway, 'rita', asked);
  for (const one of [rita, aud]) {
    let told = await one.next();
    while (told?.data['state'] === 'pending') told = await one.next();
    expect(told).toEqual({ event: 'approval', data: { ...data, state: 'approved' } });
  }
  const silence = await Promise.race([
    eve.next(),
    new Promise<string>((resolve) => void setTimeout(() => resolve('nothing'), 200)),
  ]);
  expect(silence).toBe('nothing');
  for (const one of [rita, aud, eve]) one.leave();
});

test('changes of one request that come together are told as one, the newest', async () => {
  const rita = await listen('rita');
  expect((await rita.next())?.event).toBe('hello');
  const asked = await held(gateway, 's3://together');
  await Promise.all([vote(gateway, 'olga', asked), vote(gateway, 'ron', asked)]);
  let told = await rita.next();
  if (told?.data['state'] === 'pending') told = await rita.next();
  expect(told?.data).toMatchObject({ approvalId: asked.status.approvalId, state: 'approved' });
  rita.leave();
});

test('ATTACKER: one person cannot take the listeners of all others', async () => {
  const many = await Promise.all(Array.from({ length: 16 }, () => listen('ann')));
  expect(many.map(({ status }) => status)).toEqual(many.map(() => 200));
  expect((await listen('ann')).status).toBe(503);
  const other = await listen('abe');
  expect(other.status).toBe(200);
  for (const one of [...many, other]) one.leave();
  for (let again = 503; again !== 200;) {
    const one = await listen('ann');
    again = one.status;
    one.leave();
  }
});

test('R7 agents have no inbox', async () => {
  expect((await listen('etl')).status).toBe(403);
});

test('a gateway that stops says so', async () => {
  const rita = await listen('rita');
  expect((await rita.next())?.event).toBe('hello');
  const stopped = gateway.restart();
  expect((await rita.next())?.event).toBe('shutdown');
  expect(await rita.next()).toBeUndefined();
  await stopped;
});
