import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { createClient } from '@countersign/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import {
  countersign,
  countersignJson,
  openTerminal,
  startBin,
  until,
  type Ran,
} from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let serial = 0;
beforeAll(async () => {
  world = await openWorld('limits: { attention_per_reviewer: 1000, denials_before_lock: 50 }\n');
});
afterAll(() => world.remove());
afterEach(async () => {
  const { json } = await countersignJson(['approvals', 'list', '--as', 'dana'], here());
  for (const { actionId } of json['items'] as { actionId: string }[])
    await as('bot', 'actions', 'cancel', actionId);
});

const here = () => ({ cwd: world.folder });
const EXPORT = [
  'act',
  'sql.export',
  'Database::crm',
  '--arg',
  'table=customers',
  '--arg',
  'columns:=["id"]',
];
/** A different file each time: identical open requests are joined. */
const toFile = (name = `file-${serial++}.csv`): string[] => ['--arg', `destination=${name}`];

type Asked = { readonly approvalId: string; readonly id: string; readonly digest: string };

/** Proposes an export that data-owners must decide, and leaves it open. */
async function propose(...more: string[]): Promise<Asked> {
  const { code, json } = await countersignJson(
    [...EXPORT, ...toFile(), '--as', 'bot', '--no-wait', ...more],
    here(),
  );
  expect({ code, state: json['state'] }).toEqual({ code: 4, state: 'pending' });
  return json as unknown as Asked;
}

/** Proposes and waits in the background. */
function actWaiting(...more: string[]): Promise<Ran> {
  return countersign([...EXPORT, ...toFile(), '--as', 'bot', '--json', ...more], here());
}

const as = (name: string, ...words: string[]): Promise<Ran> =>
  countersign([...words, '--as', name], here());

async function seenBy(name: string, id: string): Promise<string> {
  const { json } = await countersignJson(['approvals', 'show', id, '--as', name], here());
  return String(json['seenDigest']);
}

async function stateOf(id: string): Promise<string> {
  const { json } = await countersignJson(['actions', 'show', id, '--as', 'bot'], here());
  return String(json['state']);
}

async function waitingOne(): Promise<string> {
  let found: string | undefined;
  await until(async () => {
    const { json } = await countersignJson(['approvals', 'list', '--as', 'dana'], here());
    found = (json['items'] as { approvalId: string }[])[0]?.approvalId;
    return found !== undefined;
  });
  return found ?? '';
}

const vote = async (verb: string, name: string, id: string, ...more: string[]): Promise<Ran> =>
  as(name, 'approvals', verb, id, '--yes', '--seen', await seenBy(name, id), ...more);

/** Edits one argument, and makes sure that somebody is left to be asked. */
async function edit(name: string, id: string, arg: string): Promise<Asked> {
  const { code, out } = await as(name, 'approvals', 'edit', id, '--arg', arg, '--json');
  const asked = JSON.parse(out) as Asked & { state: string };
  expect({ code, state: asked.state }).toEqual({ code: 0, state: 'pending' });
  return asked;
}

describe('act exits by the verdict', () => {
  test('0: policy allows, the grant is spent for this one exit code', async () => {
    const { code, json } = await countersignJson(
      [
        'act',
        'sql.select',
        'Database::crm',
        '--as',
        'bot',
        '--args',
        '{"table":"customers","columns":["id"],"limit":3}',
      ],
      here(),
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({ released: { arguments: { table: 'customers', limit: 3 } } });
    expect(await stateOf(String(json['id']))).toBe('executing');
    const reported = await as(
      'bot',
      'actions',
      'report',
      String(json['id']),
      'executed',
      '--exit-code',
      '0',
    );
    expect(reported.code).toBe(0);
    expect(await stateOf(String(json['id']))).toBe('executed');
  });

  test('0 once a person approves, with the stored arguments', async () => {
    const acting = actWaiting();
    const id = await waitingOne();
    expect((await vote('approve', 'dana', id, '--reason', 'agreed')).code).toBe(0);
    const { code, out } = await acting;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      state: 'approved',
      released: { arguments: { table: 'customers', format: 'csv' } },
    });
  });

  test('3 when a person denies; their words are data', async () => {
    const acting = actWaiting();
    expect((await vote('deny', 'dana', await waitingOne(), '--reason', 'not tonight')).code).toBe(
      0,
    );
    const { code, out } = await acting;
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      state: 'denied',
      reviewerNote: 'not tonight',
      retry: 'after-change',
    });
  });

  test('3 when policy denies at once', async () => {
    const { code, json } = await countersignJson(
      [
        'act',
        'sql.select',
        'Database::crm',
        '--as',
        'bot',
        '--args',
        '{"table":"customers","columns":["email"]}',
      ],
      here(),
    );
    expect({ code, state: json['state'], why: json['code'] }).toEqual({
      code: 3,
      state: 'denied',
      why: 'no-permit',
    });
  });

  test('0 once another executor has run it: act waits for that', async () => {
    const acting = countersign(
      [
        'act',
        'sql.export',
        'Database::hr',
        '--arg',
        'table=staff',
        '--arg',
        'columns:=["id"]',
        ...toFile(),
        '--as',
        'bot',
        '--json',
      ],
      here(),
    );
    const approvalId = await waitingOne();
    await vote('approve', 'dana', approvalId);
    const { json } = await countersignJson(
      ['approvals', 'show', approvalId, '--as', 'dana'],
      here(),
    );
    const { id } = json['status'] as { id: string };
    const runner = createClient({ url: world.url, token: world.tokenOf('runner') });
    await runner.redeem((await runner.status(id)).grant ?? '', () => 'done');
    const { code, out } = await acting;
    expect({ code, state: (JSON.parse(out) as { state: string }).state }).toEqual({
      code: 0,
      state: 'executed',
    });
  });

  test('R10 4 when nobody decides in time', async () => {
    const { code, out } = await countersign(
      [...EXPORT, ...toFile('quick.csv'), '--as', 'bot', '--json'],
      here(),
    );
    expect({ code, state: (JSON.parse(out) as { state: string }).state }).toEqual({
      code: 4,
      state: 'expired',
    });
  });

  test('4 after --timeout; the request stays open', async () => {
    const { code, out } = await actWaiting('--timeout', '1s');
    const { id, state } = JSON.parse(out) as { id: string; state: string };
    expect({ code, state }).toEqual({ code: 4, state: 'pending' });
    expect((await as('bot', 'actions', 'cancel', id)).code).toBe(0);
  });

  test('R3 0 when the arguments were edited: what was approved runs, and that is said', async () => {
    const terminal = openTerminal(here());
    const acting = run([...EXPORT, ...toFile(), '--as', 'bot', '--json'], terminal.io);
    const id = await waitingOne();
    const next = await edit('dana', id, 'limit:=55000');
    await until(() => terminal.shown().includes(`${next.id} takes the place of act_`));
    expect((await vote('approve', 'omar', next.approvalId)).code).toBe(0);
    expect(await acting).toBe(0);
    expect(JSON.parse(terminal.printed())).toMatchObject({
      id: next.id,
      state: 'approved',
      released: { actionId: next.id, arguments: { limit: 55_000 } },
    });
  });

  test('4 when the edited request expires; interrupting withdraws that one', async () => {
    const terminal = openTerminal(here());
    const acting = run([...EXPORT, ...toFile(), '--as', 'bot', '--json'], terminal.io);
    const next = await edit('dana', await waitingOne(), 'limit:=54000');
    await until(() => terminal.shown().includes('takes the place of'));
    terminal.interrupt();
    expect(await acting).toBe(130);
    expect(await stateOf(next.id)).toBe('cancelled');
    const late = actWaiting();
    const quick = await edit('dana', await waitingOne(), 'destination=quick.csv');
    const { code, out } = await late;
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({ id: quick.id, state: 'expired' });
  });

  test('4 when whoever asked withdraws it: nobody said no', async () => {
    const acting = actWaiting();
    const id = await waitingOne();
    const { json } = await countersignJson(['approvals', 'show', id, '--as', 'dana'], here());
    await as('bot', 'actions', 'cancel', (json['status'] as { id: string }).id);
    const { code, out } = await acting;
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({ state: 'cancelled' });
  });

  test('1 for what the gateway refuses, with code and hint', async () => {
    const { code, json } = await countersignJson(
      ['act', 'no.such', 'Database::crm', '--as', 'bot'],
      here(),
    );
    expect(code).toBe(1);
    expect(json).toMatchObject({ error: { code: 'unknown-action-type' } });
  });

  test('R7 a person cannot propose, an agent cannot decide', async () => {
    expect((await as('dana', ...EXPORT, ...toFile())).code).toBe(3);
    const { approvalId, id } = await propose();
    const seen = await seenBy('dana', approvalId);
    const ran = await as('bot', 'approvals', 'approve', approvalId, '--yes', '--seen', seen);
    expect(ran.code).toBe(3);
    expect(ran.err).toContain('humans-only');
    expect(await stateOf(id)).toBe('pending');
  });
});

describe('approvals', () => {
  test.each([
    ['the owner of the agent', 'mona', []],
    ['another account of the owner', 'mo', []],
    ['the person it acts for', 'omar', ['--on-behalf-of', 'omar']],
    ['who started the session', 'omar', ['--session', 's1', '--started-by', 'omar']],
  ])('R5 refused: %s', async (_, person, how) => {
    const { approvalId, id } = await propose(...how);
    const { code, err } = await vote('approve', person, approvalId);
    expect(code).toBe(3);
    expect(err).toContain('excluded');
    expect(await stateOf(id)).toBe('pending');
    expect((await vote('approve', 'dana', approvalId)).code).toBe(0);
  });

  test('R5 refused: who edited the arguments', async () => {
    const { approvalId } = await propose();
    const next = await edit('dana', approvalId, 'limit:=55000');
    const { code, err } = await vote('approve', 'dana', next.approvalId);
    expect(code).toBe(3);
    expect(err).toContain('excluded');
    expect((await vote('approve', 'omar', next.approvalId)).code).toBe(0);
  });

  test('4 from edit when nobody is left who may decide', async () => {
    const { approvalId } = await propose('--on-behalf-of', 'omar');
    const { code, json } = await countersignJson(
      ['approvals', 'edit', approvalId, '--arg', 'limit:=55000', '--as', 'dana'],
      here(),
    );
    expect({ code, state: json['state'] }).toEqual({ code: 4, state: 'unsatisfiable' });
  });

  test('without a terminal nothing is decided unseen', async () => {
    const { approvalId, id } = await propose();
    const bare = await as('dana', 'approvals', 'approve', approvalId);
    expect(bare.code).toBe(2);
    expect(bare.err).toContain('--yes --seen');
    const blind = await as('dana', 'approvals', 'approve', approvalId, '--yes');
    expect(blind.code).toBe(2);
    expect(blind.err).toContain('--seen');
    const stale = await as(
      'dana',
      'approvals',
      'approve',
      approvalId,
      '--yes',
      '--seen',
      `sha256:${'0'.repeat(64)}`,
    );
    expect(stale.code).toBe(1);
    expect(stale.err).toContain('not what is asked now');
    expect(await stateOf(id)).toBe('pending');
  });

  test('R3 a view that is not what would be voted on is not voted on', async () => {
    const { approvalId, id } = await propose();
    const liar = await openLiar(world.url, (text) => text.replace('Export id of', 'Count rows of'));
    const seen = await seenBy('dana', approvalId);
    const ran = await as(
      'dana',
      'approvals',
      'approve',
      approvalId,
      '--yes',
      '--seen',
      seen,
      '--url',
      liar.url,
    );
    liar.close();
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('shows something else');
    expect(await stateOf(id)).toBe('pending');
  });

  test('R8 facts first, the claim last, quoted, with nothing hidden in it', async () => {
    const { approvalId } = await propose(
      '--claim',
      'safe\u001b[2J\u202e approved by security\nPlease hurry',
    );
    const { out } = await as('dana', 'approvals', 'show', approvalId);
    const at = (text: string): number => {
      expect(out).toContain(text);
      return out.indexOf(text);
    };
    const order = [
      'Export id of crm.customers',
      'sql.export on Database::crm',
      'More than 50 000',
      '1 of data-owners',
      'mona: owns the agent',
      'phrase',
      'expires',
      "Agent's claim (unverified):",
      'Please hurry',
    ];
    expect(order.map(at)).toEqual(order.map(at).toSorted((a, b) => a - b));
    // oxlint-disable-next-line no-control-regex -- what must not be printed
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    expect(out).toContain('⟨U+001B⟩[2J');
  });

  test('ids may be shortened while only one request fits', async () => {
    const [one, two] = [await propose(), await propose()];
    const short = await as('dana', 'approvals', 'show', `…${one.approvalId.slice(-8)}`, '--json');
    expect(JSON.parse(short.out)).toMatchObject({ status: { id: one.id } });
    const both = await as('dana', 'approvals', 'approve', one.approvalId.slice(0, 9));
    expect(both.code).toBe(2);
    expect(both.err).toContain('fits');
    const brief = await as('dana', 'approvals', 'show', 'abc');
    expect(brief.err).toContain('too short');
    for (const { id } of [one, two]) await as('bot', 'actions', 'cancel', id);
    const gone = await as('dana', 'approvals', 'approve', one.approvalId.slice(-8));
    expect(gone.err).toContain('no pending request');
  });

  test('revoke takes an approval back before it runs', async () => {
    const acting = actWaiting('--no-redeem');
    const id = await waitingOne();
    await vote('approve', 'dana', id);
    const { json } = { json: JSON.parse((await acting).out) as { id: string; grant: string } };
    expect(json.grant).toMatch(/\./);
    expect((await vote('revoke', 'dana', id)).code).toBe(0);
    expect(await stateOf(json.id)).toBe('revoked');
  });

  test('the list says what waits and what you may do', async () => {
    const { approvalId } = await propose();
    const mine = await as('dana', 'approvals', 'list');
    expect(mine.out).toMatch(
      new RegExp(`…${approvalId.slice(-8)} +pending +\\w+ +.* +approve +bot +Export id`),
    );
    expect((await as('mona', 'approvals', 'list')).out).toContain('excluded');
    const absent = `apr_${'0'.repeat(36)}`;
    expect(await as('dana', 'approvals', 'show', absent)).toMatchObject({ code: 2, out: '' });
    expect(await as('dana', 'actions', 'show', 'absent')).toMatchObject({ code: 2, out: '' });
  });
});

const approve = (approvalId: string) => {
  const terminal = openTerminal(here(), true);
  const ended = run(['approvals', 'approve', approvalId, '--as', 'dana'], terminal.io);
  return { ...terminal, ended };
};
const isAsked = (shown: () => string) => until(() => shown().includes('type the last 4 letters'));
const codeOf = (shown: string): string =>
  /phrase +\S*(\w{4})$/m.exec(stripVTControlCharacters(shown))?.[1] ?? '';

describe('at a terminal', () => {
  test('a person reads the request and types its code', async () => {
    const { approvalId, id } = await propose();
    const { shown, type, ended } = approve(approvalId);
    await isAsked(shown);
    expect(shown()).toContain('Export id of crm.customers');
    type(`${codeOf(shown())}\r`);
    expect(await ended).toBe(0);
    expect(await stateOf(id)).toBe('approved');
  });

  test.each([
    ['nothing', '\r'],
    ['yes', 'yes\r'],
    ['y', 'y\n'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
    ['Escape', '\u001b'],
  ])('A13 the default is no: %s', async (_, keys) => {
    const { approvalId, id } = await propose();
    const { shown, type, ended } = approve(approvalId);
    await isAsked(shown);
    type(keys);
    expect(await ended).toBe(1);
    expect(shown()).toContain('nothing was decided');
    expect(await stateOf(id)).toBe('pending');
  });

  test('R5 whoever may not decide is told so instead of being asked', async () => {
    const { approvalId, id } = await propose();
    const terminal = openTerminal(here(), true);
    const words = ['approvals', 'approve', approvalId, '--as', 'mona'];
    expect(await run(words, terminal.io)).toBe(3);
    expect(terminal.shown()).toContain('owns the agent');
    expect(terminal.shown()).toContain('(excluded)');
    expect(terminal.shown()).not.toContain('type the last 4 letters');
    expect(await stateOf(id)).toBe('pending');
  });

  test('A13 keys typed before the question do not answer it', async () => {
    const { approvalId, id } = await propose();
    const { json } = await countersignJson(
      ['approvals', 'show', approvalId, '--as', 'dana'],
      here(),
    );
    const { phrase } = json['view'] as { phrase: string };
    const { shown, type, ended } = approve(approvalId);
    type(`${phrase.slice(-4)}\r`);
    await isAsked(shown);
    type('\r');
    expect(await ended).toBe(1);
    expect(await stateOf(id)).toBe('pending');
  });

  test('who waits sees for whom, how long, and until when', async () => {
    const terminal = openTerminal(here(), true);
    const ended = run([...EXPORT, ...toFile(), '--as', 'bot', '--json'], terminal.io);
    await until(() =>
      /waits for 1 of data-owners, until 20[\s\S]*\d s, expires in 2 h/.test(terminal.shown()),
    );
    expect(terminal.shown()).toContain('\r\u001b[K');
    terminal.interrupt();
    expect(await ended).toBe(130);
    expect(JSON.parse(terminal.printed())).toMatchObject({ state: 'cancelled' });
  });

  test('elsewhere progress is a plain line', async () => {
    const terminal = openTerminal(here());
    const ended = run([...EXPORT, ...toFile(), '--as', 'bot'], terminal.io);
    await until(() => terminal.shown().includes('waits for 1 of data-owners, until 20'));
    expect(terminal.shown()).not.toContain('\u001b');
    terminal.interrupt();
    expect(await ended).toBe(130);
  });
});

describe('interruptions', () => {
  test('Ctrl-C while waiting withdraws the request', async () => {
    const { child, ended, text } = startBin([...EXPORT, ...toFile(), '--as', 'bot'], here());
    await until(() => text.err.includes('waits for'));
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(code).toBe(130);
    expect(out).toContain('cancelled');
  });

  test('a restart of the gateway in the middle of waiting loses nothing', async () => {
    const acting = actWaiting();
    const id = await waitingOne();
    await world.stop();
    await world.start();
    expect((await vote('approve', 'dana', id)).code).toBe(0);
    expect((await acting).code).toBe(0);
  });
});

/** A gateway between: passes everything on, but changes what it answers. */
async function openLiar(
  url: string,
  change: (text: string) => string,
): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const answer = await fetch(`${url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: {
          authorization: request.headers.authorization ?? '',
          ...(body.length > 0 ? { 'content-type': 'application/json' } : {}),
        },
        ...(body.length > 0 ? { body } : {}),
      });
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? '',
      });
      response.end(change(await answer.text()));
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  };
}
