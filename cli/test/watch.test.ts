import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../src/run.ts';
import { BIN, countersign, countersignJson, openTerminal, until } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let serial = 0;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.remove());
const here = () => ({ cwd: world.folder });

type Asked = { readonly approvalId: string; readonly id: string };

/** Proposes an export that data-owners must decide, and leaves it open. */
async function propose(...more: string[]): Promise<Asked> {
  const words = ['act', 'sql.export', 'Database::crm', '--arg', 'table=customers'];
  const args = ['--arg', 'columns:=["id"]', '--arg', `destination=file-${serial++}.csv`];
  const { json } = await countersignJson(
    [...words, ...args, '--as', 'bot', '--no-wait', ...more],
    here(),
  );
  return json as unknown as Asked;
}
const cancel = ({ id }: Asked) => countersign(['actions', 'cancel', id, '--as', 'bot'], here());
async function stateOf({ id }: Asked): Promise<string> {
  const { json } = await countersignJson(['actions', 'show', id, '--as', 'bot'], here());
  return String(json['state']);
}

const [ENTER, LEAVE] = ['\u001b[?1049h', '\u001b[?1049l'];

/** Somebody with the inbox open. */
function watch(name: string) {
  const terminal = openTerminal(here(), true);
  const raw: boolean[] = [];
  Object.assign(terminal.io.stdin, { setRawMode: (on: boolean) => void raw.push(on) });
  const ended = run(['approvals', 'watch', '--as', name, '--no-browser'], terminal.io);
  const screen = (): string =>
    stripVTControlCharacters(terminal.printed().split('\u001b[H').at(-1) ?? '');
  const sees = (text: string | RegExp): Promise<void> =>
    until(() => new RegExp(text).test(screen()));
  const code = async (): Promise<string> => {
    await sees(/Type \w\w to \w+ \[no\]: _/);
    return /Type (\w\w) to/.exec(screen())?.[1] ?? '';
  };
  return { ...terminal, raw, ended, screen, sees, code };
}

describe('at a terminal', () => {
  test('R5 A13: what waits comes and goes by itself; read, decided by code, and told', async () => {
    const dana = watch('dana');
    await dana.sees('nothing waits for you');
    const asked = await propose('--claim', 'please \u001b[2J\u202e');
    await dana.sees(/1 waits for you[\s\S]*> 2 h .*Export id of crm\.customers/);
    dana.type('\r');
    await dana.sees(/phrase +\S+-\S+-\S+-\S+/);
    dana.type('a');
    dana.type('zz\r');
    const code = await dana.code();
    expect(await stateOf(asked)).toBe('pending');
    dana.type('\r');
    await dana.sees('nothing was decided');
    dana.type('a');
    const again = await dana.code();
    dana.type(`${again}\r`);
    await dana.sees('you said yes: it is approved now');
    await dana.sees(/state +approved/);
    expect(code).toMatch(/^[A-Z]{2}$/);
    dana.type('q');
    await dana.sees('nothing waits for you');
    dana.type('q');
    expect(await dana.ended).toBe(0);
    expect(await stateOf(asked)).toBe('approved');
    const printed = dana.printed();
    expect(printed.startsWith(ENTER) && printed.endsWith(LEAVE)).toBe(true);
    expect(dana.raw).toEqual([true, false]);
    // nothing of the agent's reached the terminal as it was
    for (const raw of ['\u202e', 'please \u001b']) expect(printed).not.toContain(raw);
  });
  test('a no with its reason; the owner of the agent is offered nothing', async () => {
    const asked = await propose();
    const mona = watch('mona');
    await mona.sees('nothing waits for you');
    mona.type('\u0003');
    expect(await mona.ended).toBe(130);
    const dana = watch('dana');
    await dana.sees('1 waits for you');
    dana.type('d');
    await dana.sees('then press d');
    dana.type('d');
    await dana.sees('Reason: _');
    dana.type('not tonight\r');
    dana.type(`${await dana.code()}\r`);
    await dana.sees('you said no: it is denied now');
    const { json } = await countersignJson(['actions', 'show', asked.id, '--as', 'bot'], here());
    expect(json).toMatchObject({ state: 'denied', reviewerNote: 'not tonight' });
    dana.interrupt();
    expect(await dana.ended).toBe(130);
    expect(dana.printed().endsWith(LEAVE)).toBe(true);
  });
  test('A13: the question goes with what it was about', async () => {
    const asked = await propose();
    const dana = watch('dana');
    await dana.sees('1 waits for you');
    dana.type('\r');
    await dana.sees('state +pending');
    dana.type('a');
    const code = await dana.code();
    await cancel(asked);
    await dana.sees('it changed while you were asked; nothing was decided');
    dana.type(`${code}\r`);
    await dana.sees('state +cancelled');
    dana.type('qq');
    expect(await dana.ended).toBe(0);
  });
  test('whom the gateway does not know is told in an ordinary line', async () => {
    const terminal = openTerminal({ ...here(), env: { COUNTERSIGN_TOKEN: 'csp_nobody' } }, true);
    expect(await run(['approvals', 'watch', '--url', world.url], terminal.io)).not.toBe(0);
    expect(terminal.shown()).toContain('unauthenticated');
    expect(terminal.printed()).toBe('');
  });
});

describe('anywhere else', () => {
  test('--once: what waits now, a line each', async () => {
    const asked = await propose();
    const words = ['approvals', 'watch', '--as', 'dana', '--once'];
    const plain = await countersign(words, here());
    expect(plain).toMatchObject({ code: 0, err: '' });
    expect(plain.out).toMatch(
      new RegExp(`^\\+ ${asked.approvalId}  \\w+  2 h  0/1  bot  Export id .*\\n$`),
    );
    const { json } = await countersignJson(words, here());
    expect(json).toMatchObject({
      type: 'waiting',
      item: { approvalId: asked.approvalId, version: 1 },
    });
    await cancel(asked);
  });
  test('JSON lines as they come and go, until it is ended', async () => {
    const terminal = openTerminal(here());
    const ended = run(['approvals', 'watch', '--as', 'dana', '--json'], terminal.io);
    const lines = () =>
      terminal
        .printed()
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as object);
    const asked = await propose();
    await until(() => lines().length === 1);
    await cancel(asked);
    await until(() => lines().length === 2);
    expect(lines()).toMatchObject([
      { type: 'waiting', item: { approvalId: asked.approvalId } },
      { type: 'gone', approvalId: asked.approvalId },
    ]);
    terminal.interrupt();
    expect(await ended).toBe(130);
    expect(terminal.shown()).toBe('');
  });
});

/** The real program on a real terminal; what the terminal was set to is printed before and after. */
function onPty(): {
  readonly type: (keys: string) => void;
  readonly text: () => string;
  readonly ended: Promise<number | null>;
} {
  const program = `stty cols 90 rows 24; echo before $(stty -g); sh -c 'echo pid $$; exec "$NODE" "$BIN" approvals watch --as dana'; echo code $?; echo after $(stty -g)`;
  const child = spawn('script', ['-qec', program, '/dev/null'], {
    cwd: world.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: world.folder,
      TERM: 'xterm',
      SHELL: '/bin/sh',
      NODE: process.execPath,
      BIN,
    },
  });
  onTestFinished(() => void child.kill());
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { type: (keys) => void child.stdin.write(keys), text: () => text, ended };
}

const leave: Readonly<Record<string, (pty: ReturnType<typeof onPty>) => void>> = {
  'by its key': (pty) => pty.type('q'),
  'by a signal': (pty) => void process.kill(Number(/^pid (\d+)/m.exec(pty.text())?.[1]), 'SIGTERM'),
};
test.each([
  ['by its key', 0],
  ['by a signal', 143],
])('the terminal is left as it was: ended %s', async (how, code) => {
  const pty = onPty();
  await until(() => pty.text().includes('nothing waits for you'));
  leave[how]?.(pty);
  await pty.ended;
  const text = pty.text().replaceAll('\r', '');
  const settings = (word: string): string | undefined =>
    new RegExp(`^${word} (.+)$`, 'm').exec(text.replaceAll(LEAVE, '\n'))?.[1];
  expect(text).toContain(`code ${code}`);
  expect(settings('before')).toMatch(/:/);
  expect(settings('after')).toBe(settings('before'));
  expect([text.split(ENTER).length, text.split(LEAVE).length]).toEqual([2, 2]);
});
