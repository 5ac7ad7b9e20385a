import { describe, expect, test } from 'vitest';
import { maskedPaths, valueAt } from '../src/action/masked.ts';
import type { Json } from '../src/json.ts';
import { visible } from '../src/masking/visible.ts';

describe('what is masked, by JSON pointer', () => {
  const deep = '‹x·1·fp:0000›';
  const rows: readonly (readonly [string, Json, Json, readonly string[]])[] = [
    ['nothing', { a: 1, b: ['x'] }, { a: 1, b: ['x'] }, []],
    ['a text', { a: deep, b: 1 }, { a: 'secret', b: 1 }, ['/a']],
    ['a number that is shown as text', { a: deep }, { a: 4_111 }, ['/a']],
    ['within lists and records', { a: [{ b: deep }, 1] }, { a: [{ b: 's' }, 1] }, ['/a/0/b']],
    ['a whole record', { a: deep }, { a: { b: 1 } }, ['/a']],
    ['names to be escaped', { 'a/b': deep, '~': deep }, { 'a/b': 's', '~': 't' }, ['/a~1b', '/~0']],
    ['a name that is masked itself', { a: { [deep]: 1 } }, { a: { secret: 1 } }, ['/a']],
    ['a name that is masked on top', { [deep]: 1 }, { secret: 1 }, ['']],
    [
      'too long a name',
      { a: { ['n'.repeat(600)]: deep } },
      { a: { ['n'.repeat(600)]: 's' } },
      ['/a'],
    ],
    ['what is only made visible', { a: visible('\u202ex').text }, { a: '\u202ex' }, []],
    ['an empty name', { '': deep }, { '': 's' }, ['/']],
  ];
  test.each(rows)('%s', (_, shown, real, paths) => {
    expect(maskedPaths(shown, real)).toEqual(paths);
    for (const path of paths) expect(valueAt(real, path)).not.toEqual(valueAt(shown, path) ?? null);
  });
  test('values keep their types; a pointer never leaves what an object has itself', () => {
    expect(valueAt({ a: [0, { b: null }] }, '/a/1/b')).toBeNull();
    expect(valueAt({ a: 1 }, '/constructor')).toBeUndefined();
    expect(valueAt({ a: 1 }, '/a/length')).toBeUndefined();
    expect(valueAt([1, 2], '/length')).toBeUndefined();
  });
});
