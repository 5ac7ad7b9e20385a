// What hosts make of a hook's end, as it was seen of each: doctor's probes are judged by it.
import { describe, expect, test } from 'vitest';
import { isBlocked, type Ended } from '../src/doctor/verdict.ts';

const exited = (code: number, stdout = '', stderr = ''): Ended => ({
  how: 'exited',
  code,
  stdout,
  stderr,
});
const DENY = '{"decision":"deny","reason":"no"}';
const LATE: Ended = { how: 'late', code: -1, stdout: '', stderr: 'x' };

describe('Gemini CLI: what is said counts, then the exit code', () => {
  test.each<readonly [string, Ended, boolean]>([
    ['deny and exit 2', exited(2, DENY, 'no'), true],
    ['deny and exit 0', exited(0, DENY), true],
    ['deny on stderr', exited(0, '', DENY), true],
    ['an allow with exit 2', exited(2, '{"decision":"allow"}', 'no'), false],
    ['exit 2 without a word', exited(2), false],
    ['words and exit 2', exited(2, '', 'no'), true],
    ['words and exit 127', exited(127, '', 'not found'), true],
    ['words and exit 1', exited(1, '', 'boom'), false],
    ['half an answer', exited(0, '{"decision":"de'), false],
    ['a list', exited(2, '[]', 'no'), false],
    ['a signal', exited(-1, '', 'half'), false],
    ['too late', LATE, false],
  ])('%s', (_, ended, is) =>
    expect(isBlocked({ host: 'gemini', failsClosed: false }, ended)).toBe(is),
  );
});

describe('Copilot CLI: everything but silence, a half answer with exit 0, and being late', () => {
  test.each<readonly [string, Ended, boolean]>([
    ['exit 2 without a word', exited(2), true],
    ['an allow with exit 2', exited(2, '{"permissionDecision":"allow"}'), true],
    ['exit 1', exited(1), true],
    ['a signal', exited(-1), true],
    ['half an answer', exited(0, '{"permissionDecision":"de'), false],
    ['nothing', exited(0), false],
    ['too late', LATE, false],
  ])('%s', (_, ended, is) =>
    expect(isBlocked({ host: 'copilot', failsClosed: false }, ended)).toBe(is),
  );
});

describe('Cursor: its flag closes whatever is no answer', () => {
  test.each<readonly [string, Ended, boolean, boolean]>([
    ['exit 2 with an allow', exited(2, '{"permission":"allow"}'), true, true],
    ['exit 1 with an allow', exited(1, '{"permission":"allow"}'), true, false],
    ['half an answer', exited(0, '{"permission":"al'), true, false],
    ['nothing', exited(0), true, false],
    ['an allow', exited(0, '{"permission":"allow"}'), false, false],
    ['too late', LATE, true, false],
  ])('%s', (_, ended, closed, open) => {
    expect(isBlocked({ host: 'cursor', failsClosed: true }, ended)).toBe(closed);
    expect(isBlocked({ host: 'cursor', failsClosed: false }, ended)).toBe(open);
  });
});
