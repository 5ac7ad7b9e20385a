import { describe, expect, test } from 'vitest';
import { leavesOf, typedAs, withLeaf } from '../src/review/edited.ts';

const GIVEN = { table: 'customers', limit: 10, dry: false, where: { id: [1, '2'], by: null } };

describe('edited arguments keep their types', () => {
  test('leaves, in canonical order', () => {
    expect(leavesOf(GIVEN).map(({ path, value }) => [path.join('.'), value])).toEqual([
      ['dry', false],
      ['limit', 10],
      ['table', 'customers'],
      ['where.by', null],
      ['where.id.0', 1],
      ['where.id.1', '2'],
    ]);
  });
  test.each([
    [10, '20', 20],
    [10, '1e3', 1_000],
    [10, '', undefined],
    [10, '0x10', undefined],
    [10, 'twenty', undefined],
    [10, '9007199254740993', undefined],
    ['10', '20', '20'],
    ['x', '', ''],
    [true, 'false', false],
    [true, 'no', undefined],
    [null, 'null', null],
    [null, 'x', undefined],
  ])('%j typed over as %j is %j', (value, text, expected) => {
    expect(typedAs({ value }, text)).toBe(expected);
  });
  test('one leaf is replaced, nothing else', () => {
    expect(withLeaf(GIVEN, ['where', 'id', 0], 7)).toEqual({
      ...GIVEN,
      where: { id: [7, '2'], by: null },
    });
    expect(GIVEN.where.id[0]).toBe(1);
  });
  test('R9: a placeholder is never sent as if it were the value', () => {
    const [masked, hidden, plain] = leavesOf(['‹pii.email·12·fp:00ff›', 'a⟨U+202E⟩', 'b']);
    expect([masked?.isVeiled, hidden?.isVeiled, plain?.isVeiled]).toEqual([true, true, false]);
  });
});
