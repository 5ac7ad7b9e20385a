import { expect, test } from 'vitest';
import { loadTableClasses, readTableClasses } from '../src/config/data-classes.ts';

const GOOD = `# customers of the shop
public.customers:
  id: none
  email: pii.email # checked with Dana
  notes: { proposed: pii.email, because: 198 of 200 look like it }
"odd schema.Order Items":
  "Ship To": pii.name
`;

test('classes of columns; a proposal holds as well, and says that it is one', () => {
  expect(readTableClasses('crm.yaml', GOOD)).toEqual({
    ok: true,
    value: {
      'public.customers': {
        id: { holds: 'none', isProposed: false },
        email: { holds: 'pii.email', isProposed: false },
        notes: { holds: 'pii.email', isProposed: true },
      },
      'odd schema.Order Items': { 'Ship To': { holds: 'pii.name', isProposed: false } },
    },
  });
});

test('a file that is not there says nothing', async () => {
  expect(await loadTableClasses('/nowhere/crm.yaml')).toEqual({ ok: true, value: {} });
  expect(readTableClasses('crm.yaml', '')).toEqual({ ok: true, value: {} });
});

test.each([
  ['public.t: { a: pii:email }', 'bad-name', 1, 'did you mean `pii.email`?'],
  ['public.t:\n  a: private', 'bad-name', 2, 'write a class such as pii.email'],
  ['public.t:\n  a: { proposed: none }', 'bad-value', 2, 'write `none` alone'],
  ['public.t:\n  a: { propose: pii.email }', 'wrong-type', 2, 'put it in quotes'],
  ['public.t:\n  a: true', 'wrong-type', 2, 'put it in quotes'],
  ['public.t:\n  a: none\n  a: pii.email', 'duplicate-key', 3, 'keep one'],
  ['customers: { a: none }', 'bad-name', 1, 'write'],
  ['- a', 'wrong-type', 1, 'write a record'],
  ['public.t: [', 'invalid-yaml', 1, 'check'],
])('R2: refused with its place: %s', (text, code, line, hint) => {
  const read = readTableClasses('crm.yaml', text);
  expect(read.ok ? [] : read.error).toContainEqual(
    expect.objectContaining({ code, line, file: 'crm.yaml', hint: expect.stringContaining(hint) }),
  );
});
