import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { ActionStatus } from '@countersign/sdk';
import {
  as,
  exportTo,
  makeWorld,
  READ,
  start,
  stop,
  textOf,
  verified,
  vote,
  type World,
} from './world.ts';

const worlds: World[] = [];
const fresh = async (limits?: string): Promise<World> => {
  const world = await makeWorld(limits);
  worlds.push(world);
  return world;
};
afterAll(() => worlds.forEach(({ folder }) => rmSync(folder, { recursive: true, force: true })));

const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const lost = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    () => 'lost',
  );

/** Where an action is brought before the gateway is killed at the step under test. */
async function prepared(world: World, step: string): Promise<ActionStatus> {
  const isAsked = step === 'vote';
  const proposal = isAsked ? exportTo('a.csv') : READ;
  return world.agent.propose(proposal, { key: 'prepared' });
}

describe('R1 R4 kill -9 at every step of an action', () => {
  const proposals = [
    ['an allowed proposal', READ, 'grant.issued', 'allowed'],
    ['a proposal that is held', exportTo('b.csv'), 'approval.requested', 'pending'],
    [
      'a proposal that is denied',
      { ...exportTo('c.csv'), arguments: { ...READ.arguments, limit: 20_000 }, type: 'sql.select' },
      'action.judged',
      'denied',
    ],
  ] as const;
  test.concurrent.each(
    proposals.flatMap((row) =>
      (['before', 'durable'] as const).map(
        (moment) => [row[0], row[2], moment, row[1], row[3]] as const,
      ),
    ),
  )(
    '%s, killed at %s %s: the same key gives one action',
    async (_, event, moment, proposal, state) => {
      const world = await fresh();
      const first = await start(world, { crash: `${event}:${moment}` });
      const sent = await lost(as(world, 'bot', '/v1/actions', proposal));
      expect([sent, await first.gone]).toEqual(['lost', 'SIGKILL']);
      const second = await start(world);
      // the agent's library sends the same key again; here both tries are one by hand
      const status = await world.agent.propose(proposal, { key: 'k' });
      expect(status.state).toBe(state);
      const again = await world.agent.propose(proposal, { key: 'k' });
      expect(again.id).toBe(status.id);
      expect(await verified(world)).toContain('verified');
      await stop(second);
    },
  );

  test.concurrent.each(['before', 'durable'] as const)(
    'a keyed proposal killed %s is found, not doubled',
    async (moment) => {
      const world = await fresh();
      const first = await start(world, { crash: `grant.issued:${moment}` });
      // retries with the same key by itself; should a slow start outlast its patience, we do
      const asking = world.agent.propose(READ, { key: 'once' }).catch(() => undefined);
      expect(await first.gone).toBe('SIGKILL');
      const second = await start(world);
      const status = (await asking) ?? (await world.agent.propose(READ, { key: 'once' }));
      expect(status.state).toBe('allowed');
      const entries = async (): Promise<string> => {
        const [, size = ''] = (await textOf(`${world.url}/ledger/checkpoint`)).split('\n');
        return textOf(`${world.url}/ledger/tile/entries/000.p/${size}`);
      };
      await vi.waitUntil(async () => (await entries()).includes(status.id), { timeout: 20_000 });
      await settle(300); // whatever else there is, is in the next checkpoint
      expect((await entries()).match(/"type":"action.proposed"/g)).toHaveLength(1);
      await stop(second);
    },
  );

  test.concurrent.each([
    ['before', 'pending'],
    ['durable', 'approved'],
  ] as const)('a vote killed %s: the action is %s and its waiter hears', async (moment, state) => {
    const world = await fresh();
    const first = await start(world, { crash: `approval.vote-cast:${moment}` });
    const held = await prepared(world, 'vote');
    const waiting = world.agent.wait(held.id); // reconnects by itself
    await settle(50);
    expect(await lost(vote(world, 'dana', held))).toBe('lost');
    expect(await first.gone).toBe('SIGKILL');
    const second = await start(world);
    expect((await world.agent.status(held.id)).state).toBe(state);
    if (state === 'pending') expect((await vote(world, 'dana', held)).status).toBe(200);
    expect((await waiting).state).toBe('approved');
    await verified(world);
    await stop(second);
  });

  test.concurrent('a redeem killed before it is durable released nothing, and can be done again, once', async () => {
    const world = await fresh();
    const first = await start(world, { crash: 'grant.redeemed:before' });
    const { id, grant = '' } = await prepared(world, 'redeem');
    expect(await lost(as(world, 'bot', '/v1/grants/redeem', { grant }))).toBe('lost');
    await first.gone;
    const second = await start(world);
    expect((await world.agent.status(id)).state).toBe('allowed');
    expect((await as(world, 'bot', '/v1/grants/redeem', { grant })).status).toBe(200);
    expect((await as(world, 'bot', '/v1/grants/redeem', { grant })).body).toMatchObject({
      code: 'grant-spent',
    });
    await verified(world);
    await stop(second);
  });

  test.concurrent('a redeem killed once durable is spent: never released again, then unknown', async () => {
    const world = await fresh('execution_timeout: 2s');
    const first = await start(world, { crash: 'grant.redeemed:durable' });
    const { id, grant = '' } = await prepared(world, 'redeem');
    expect(await lost(as(world, 'bot', '/v1/grants/redeem', { grant }))).toBe('lost');
    await first.gone;
    const second = await start(world);
    const again = await as(world, 'bot', '/v1/grants/redeem', { grant });
    expect(again.status).toBe(409);
    for (let i = 0; i < 100 && (await world.agent.status(id)).state !== 'unknown'; i++)
      await settle(50);
    expect(await world.agent.status(id)).toMatchObject({ state: 'unknown', retry: 'never' });
    expect((await as(world, 'bot', '/v1/grants/redeem', { grant })).status).toBe(409);
    await verified(world);
    await stop(second);
  });

  test.concurrent('killed while the executor runs: its late report closes what became unknown', async () => {
    const world = await fresh('execution_timeout: 1s');
    const first = await start(world);
    const { id, grant = '' } = await prepared(world, 'run');
    await world.agent.redeem(grant);
    await stop(first, 'SIGKILL');
    await settle(1000);
    const second = await start(world);
    expect((await world.agent.status(id)).state).toBe('unknown'); // by boot, before anybody asked
    const late = await world.agent.report(id, { outcome: 'executed' });
    expect(late).toMatchObject({ state: 'unknown', closedAs: 'executed' });
    await verified(world);
    await stop(second);
  });

  test.concurrent.each([
    ['before', 'executing'],
    ['durable', 'executed'],
  ] as const)(
    'an outcome killed %s: the action is %s and the report is safe to repeat',
    async (moment, state) => {
      const world = await fresh();
      const first = await start(world, { crash: `action.executed:${moment}` });
      const { id, grant = '' } = await prepared(world, 'report');
      await world.agent.redeem(grant);
      const report = () => world.agent.report(id, { outcome: 'executed' });
      const reporting = report().catch(() => undefined); // repeats by itself for some seconds
      await first.gone;
      const second = await start(world);
      if (state === 'executed') expect((await world.agent.status(id)).state).toBe(state);
      expect(((await reporting) ?? (await report())).state).toBe('executed');
      await verified(world);
      await stop(second);
    },
  );
});

describe('R2 a disk that fails', () => {
  test('a full disk: a clear refusal, nothing released, the process ends, and what was acknowledged is there', async () => {
    const world = await fresh();
    const healthy = await start(world);
    const kept = await world.agent.propose(READ, { key: 'kept' });
    await stop(healthy);
    // files may not grow beyond 512 KiB
    const full = await start(world, {
      wrap: ['bash', '-c', 'ulimit -f 512; trap "" XFSZ; exec "$@"', '-'],
    });
    const answers: { status: number; body: unknown }[] = [];
    for (let i = 0; i < 400; i++) {
      const answer = await as(world, 'bot', '/v1/actions', {
        ...READ,
        arguments: { ...READ.arguments, limit: 1 + i },
      }).catch(() => undefined);
      if (!answer) break;
      answers.push(answer);
      if (answer.status !== 201) break;
    }
    const refused = answers.at(-1);
    expect(refused?.status).toBe(503);
    expect(JSON.stringify(refused?.body)).not.toContain('grant');
    expect(refused?.body).toMatchObject({
      code: expect.stringMatching(/^(?:disk-full|store-failed)$/),
    });
    expect(await full.gone).not.toBe(0);
    const again = await start(world);
    expect((await world.agent.status(kept.id)).state).toBe('allowed');
    const acknowledged = answers
      .filter(({ status }) => status === 201)
      .map(({ body }) => (body as ActionStatus).id);
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const id of acknowledged) expect((await world.agent.status(id)).state).toBe('allowed');
    await verified(world);
    await stop(again);
  });

  test('a read-only data folder: one clear line and no gateway', async () => {
    const world = await fresh();
    await stop(await start(world));
    chmodSync(join(world.folder, 'data'), 0o500);
    chmodSync(join(world.folder, 'data/ledger.db'), 0o400);
    // root writes where it may not; without its capabilities it is everybody
    const isRoot = process.getuid?.() === 0;
    const wrap = isRoot ? ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'] : [];
    const refused = await start(world, { wrap });
    expect(await refused.gone).not.toBe(0);
    expect(refused.said()).toMatch(/read-only|not writable|cannot write/);
    expect(refused.said()).not.toMatch(/\n\s+at /);
    chmodSync(join(world.folder, 'data'), 0o700);
    expect(existsSync(join(world.folder, 'data/ledger.db'))).toBe(true);
  });
});
