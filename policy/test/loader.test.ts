import { expect, test } from 'vitest';
import { FULL, GROUPS, load, loadGood, MAY_EXPORT, SCHEMA } from './sample.ts';

const E = 'Countersign::Action::"sql.export"';
const review = (more: string, when = 'context.sql.rows > 10'): string =>
  `@id("r") @review("why") @approvers("dba") ${more}\nforbid (principal, action == ${E}, resource) when { ${when} };`;
const permit = (scope: string, when = FULL): string =>
  `@id("p") @reason("why")\npermit (${scope}) when { ${when} };`;
const stop = (when: string): string =>
  `@id("s") @reason("why")\nforbid (principal, action == ${E}, resource) when { ${when} };`;

const refused: readonly (readonly [
  name: string,
  file: string,
  text: string,
  code: string,
  hint: RegExp,
])[] = [
  [
    'a misspelt annotation',
    'a.review.cedar',
    review('@quroum("2")'),
    'annotation-unknown',
    /`@quorum`/,
  ],
  [
    'an annotation of another kind',
    'a.cedar',
    `@quorum("2") ${stop('true')}`,
    'annotation-unknown',
    /forbid may have/,
  ],
  ['a value-less annotation', 'a.review.cedar', review('@quorum'), 'annotation-empty', /write/],
  ['quorum 0', 'a.review.cedar', review('@quorum("0")'), 'annotation-invalid', /1 to 9/],
  [
    'an unknown assurance',
    'a.review.cedar',
    review('@assurance("fax")'),
    'annotation-invalid',
    /passkey/,
  ],
  ['a bad duration', 'a.review.cedar', review('@expires("soon")'), 'annotation-invalid', /15m/],
  [
    'a bad exclusion',
    'a.review.cedar',
    review('@exclude("nobody")'),
    'annotation-invalid',
    /requester/,
  ],
  ['a bad risk', 'a.review.cedar', review('@risk("extreme")'), 'annotation-invalid', /critical/],
  ['a bad stage', 'a.review.cedar', review('@stage("9")'), 'annotation-invalid', /1 to 5/],
  [
    '`@distinct` other than yes',
    'a.review.cedar',
    review('@distinct("no")'),
    'annotation-invalid',
    /yes/,
  ],
  [
    '`@mode` other than shadow',
    'a.review.cedar',
    review('@mode("off")'),
    'annotation-invalid',
    /shadow/,
  ],
  [
    'shadow on a permit',
    'a.cedar',
    `@mode("shadow") ${permit(`principal, action == ${E}, resource`)}`,
    'annotation-unknown',
    /may have/,
  ],
  [
    '`@review` on a permit',
    'a.review.cedar',
    `@review("x") @approvers("dba") @id("p")\npermit (principal, action == ${E}, resource) when { ${FULL} };`,
    'effect',
    /strictly/,
  ],
  ['a review outside *.review.cedar', 'a.cedar', review(''), 'file', /move it/],
  [
    'a hard stop in *.review.cedar',
    'a.review.cedar',
    stop('context.sql.rows > 1'),
    'file',
    /move it/,
  ],
  [
    'a critical confirm',
    'a.review.cedar',
    `@id("c") @confirm("sure?") @risk("critical")\nforbid (principal, action == ${E}, resource);`,
    'annotation-invalid',
    /@review/,
  ],
  [
    'an unknown group',
    'a.review.cedar',
    review('').replace('"dba"', '"secruity"'),
    'group-unknown',
    /security/,
  ],
  ...['8h', '8h, 0', '0h, 3', '31d, 3', '8h, 1001', '8h, 3, 4'].map(
    (value) =>
      [
        `POL-16 \`@waivable("${value}")\``,
        'a.review.cedar',
        review(`@waivable("${value}")`),
        'annotation-invalid',
        /8h, 20/,
      ] as const,
  ),
  [
    'POL-16 a waivable critical',
    'a.review.cedar',
    review('@waivable("8h, 20") @risk("critical")'),
    'annotation-invalid',
    /never waived/,
  ],
  [
    'POL-17 an unknown group that may break the glass',
    'a.review.cedar',
    review('@break_glass("sre-leeds")'),
    'group-unknown',
    /security/,
  ],
  [
    'an empty group list',
    'a.review.cedar',
    review('').replace('"dba"', '"dba,"'),
    'annotation-invalid',
    /groups/,
  ],
  ['a misspelt fact', 'a.cedar', stop('context.sql.rowz > 1'), 'invalid', /rows/],
  [
    'an optional fact without has',
    'a.cedar',
    permit(
      'principal, action == Countersign::Action::"idp.mfa.reset", resource',
      `${FULL} && context.ticket == "1"`,
    ),
    'invalid',
    /has/,
  ],
  [
    'an optional attribute without has',
    'a.cedar',
    stop('principal.owner.suspended'),
    'invalid',
    /has/,
  ],
  [
    'an action on a resource it never applies to',
    'a.cedar',
    `@id("s") @reason("why") forbid (principal, action == Countersign::Action::"sql.ddl", resource is Countersign::Host);`,
    'warning',
    /./,
  ],
  [
    'an enum value that is none',
    'a.cedar',
    stop('resource.env == Countersign::Env::"production"'),
    'invalid',
    /prod/,
  ],
  [
    'a permit without action',
    'a.cedar',
    permit('principal, action, resource'),
    'permit-without-action',
    /action in/,
  ],
  [
    'a permit without inspectable',
    'a.cedar',
    permit(`principal, action == ${E}, resource`, 'context.sql.rows > 1'),
    'permit-without-inspectable',
    /inspectable/,
  ],
  [
    'inspectable in one branch only',
    'a.cedar',
    permit(`principal, action == ${E}, resource`, `${FULL} || context.sql.rows > 1`),
    'permit-without-inspectable',
    /inspectable/,
  ],
  [
    'no id',
    'a.cedar',
    stop('context.sql.rows > 1').replace('@id("s")', ''),
    'id-missing',
    /record/,
  ],
  [
    'a malformed id',
    'a.cedar',
    stop('context.sql.rows > 1').replace('"s"', '"S s"'),
    'id-malformed',
    /lower-case/,
  ],
  [
    'no reason',
    'a.cedar',
    stop('context.sql.rows > 1').replace('@reason("why")', ''),
    'annotation-missing',
    /people/,
  ],
  [
    'one id twice',
    'a.cedar',
    `${stop('context.sql.rows > 1')}\n${stop('context.sql.rows > 2')}`,
    'id-duplicate',
    /own/,
  ],
  [
    'a template',
    'a.cedar',
    `@id("s") @reason("why") forbid (principal == ?principal, action, resource);`,
    'template',
    /slot/,
  ],
  ['no semicolon at the end', 'a.cedar', stop('context.sql.rows > 1').slice(0, -1), 'syntax', /./],
  ['modulo', 'a.cedar', stop('context.sql.rows % 2 == 0'), 'syntax', /./],
  [
    'a literal beyond 2^53',
    'a.cedar',
    stop('context.sql.rows > 9007199254740993'),
    'integer-too-large',
    /smaller/,
  ],
  [
    '65 terms in a chain',
    'a.cedar',
    stop(Array.from({ length: 65 }, (_, i) => `context.sql.rows == ${i}`).join(' || ')),
    'too-complex',
    /set/,
  ],
  [
    '33 nested brackets',
    'a.cedar',
    stop(`${'('.repeat(33)}context.sql.rows == 1${')'.repeat(33)}`),
    'too-complex',
    /split/,
  ],
];

test.each(refused)('refuses %s', (_name, file, text, code, hint) => {
  const loaded = load({ 'ok.cedar': MAY_EXPORT, [file]: text });
  if (loaded.ok) throw new Error('it loaded');
  const found = loaded.problems.find((problem) => problem.code === code);
  expect(found ?? loaded.problems).toMatchObject({ code, file });
  expect(found?.hint).toMatch(hint);
  expect(found?.line).toBeGreaterThanOrEqual(1);
});

test('POL-3 names every problem at once, each with file, line and column', () => {
  const loaded = load({
    'a.cedar': `// a comment\n${stop('context.sql.rowz > 1')}\n\n${permit('principal, action, resource')}`,
    'b.review.cedar': review('@quroum("2")'),
  });
  expect(
    !loaded.ok && loaded.problems.map(({ code, file, line, column }) => [code, file, line, column]),
  ).toEqual([
    ['invalid', 'a.cedar', 3, 82],
    ['permit-without-action', 'a.cedar', 5, 1],
    ['annotation-unknown', 'b.review.cedar', 1, 43],
  ]);
});

test('columns count characters, not bytes', () => {
  const text = stop('context.destination == "für" && context.sql.rowz > 1');
  const loaded = load({ 'a.cedar': text });
  if (loaded.ok) throw new Error('it loaded');
  const [problem] = loaded.problems;
  expect(text.split('\n')[1]?.slice((problem?.column ?? 0) - 1)).toMatch(/^context\.sql/);
});

test.each(['\r', '\r\n', '\n'])(
  'a comment ends where Cedar ends it, at %j: nothing drops out',
  (end) => {
    const set = loadGood({
      'a.cedar': `// first${end}${stop('context.sql.rows > 1')}${end}// second${end}${MAY_EXPORT}`,
    });
    expect(set.policies.map(({ id }) => id)).toEqual(['may-export', 's']);
    const hidden = load({ 'a.cedar': stop(`context.sql.rows == // x${end}9007199254740993`) });
    expect(!hidden.ok && hidden.problems[0]?.code).toBe('integer-too-large');
  },
);

test('refuses a broken schema, and a set without policies', () => {
  const broken = load(
    { 'a.cedar': MAY_EXPORT },
    { schema: { file: 's', text: 'entity A;\nentity ;' } },
  );
  expect(!broken.ok && broken.problems[0]).toMatchObject({
    code: 'schema-invalid',
    file: 's',
    line: 2,
  });
  const empty = load({});
  expect(!empty.ok && empty.problems[0]?.code).toBe('no-policies');
});

const wide = (n: number): string =>
  Array.from(
    { length: n },
    (_, i) =>
      `@id("w-${i}") @reason("x") forbid (principal, action, resource) when { context.base.local.hour == ${i} };`,
  ).join('\n');

test('refuses the 51st policy that names neither action nor group', () => {
  expect(load({ 'a.cedar': wide(50) }).ok).toBe(true);
  const loaded = load({ 'a.cedar': wide(51) });
  expect(!loaded.ok && loaded.problems[0]).toMatchObject({ code: 'too-many-unscoped', line: 51 });
});

test('refuses groups that are empty or too small for the quorum', () => {
  const groups = { dba: 1, security: 0 };
  const small = load({ 'a.review.cedar': review('@quorum("2")') }, { groups });
  expect(!small.ok && small.problems[0]?.code).toBe('quorum-unsatisfiable');
  const empty = load(
    { 'a.review.cedar': review('').replace('"dba"', '"dba, security"') },
    { groups },
  );
  expect(!empty.ok && empty.problems[0]?.code).toBe('group-empty');
});

test('limits hold at the edge: 64 terms and 32 brackets load', () => {
  const chain = Array.from({ length: 64 }, (_, i) => `context.sql.rows == ${i}`).join(' || ');
  // the scope and the `when` braces are brackets too
  const deep = `${'('.repeat(31)}context.sql.rows == 1${')'.repeat(31)}`;
  expect(load({ 'a.cedar': stop(chain) })).toMatchObject({ ok: true });
  expect(load({ 'a.cedar': stop(deep) })).toMatchObject({ ok: true });
});

test('POL-5 a splice changes the effect and nothing else, wherever the word permit stands', () => {
  const text = `@id("p") // permit\n@reason("may permit \\"permit\\"")\npermit // permit\n(principal, action == ${E}, resource) when { ${FULL} && context.destination == "permit" };`;
  const set = loadGood({ 'a.cedar': text });
  expect(set.policies[0]?.source).toBe(text);
  expect(set.policies[0]?.matchSource).toBe(text.replace('\npermit //', '\nforbid //'));
});

test('POL-1 the digest is of the schema and the sources by id, not of files, order or comments above', () => {
  const one = loadGood({ 'a.cedar': `// hello\n${MAY_EXPORT}\n${stop('context.sql.rows > 1')}` });
  const two = loadGood({ 'x.cedar': stop('context.sql.rows > 1'), 'y.cedar': MAY_EXPORT });
  const three = loadGood({ 'x.cedar': stop('context.sql.rows > 2'), 'y.cedar': MAY_EXPORT });
  expect(one.digest).toBe(two.digest);
  expect(one.digest).not.toBe(three.digest);
  expect(SCHEMA).toBe(one.schema);
  expect(GROUPS).toContain('dba');
});
