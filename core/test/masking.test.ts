import { describe, expect, test } from 'vitest';
import { createMasker } from '../src/masking/masker.ts';
import { reductionsOf } from '../src/masking/reduce.ts';
import { RULES } from '../src/masking/rules.ts';

const masker = createMasker({ key: new Uint8Array(32).fill(7) });
/** The masked text with fingerprints left out. */
const mask = (text: string): string => masker.mask(text).text.replaceAll(/·fp:[0-9a-f]{4}/g, '');

/** A masked value without fingerprints: of whole values they are long. */
const json = (value: unknown): string =>
  JSON.stringify(masker.maskValue(value)).replaceAll(/·fp:(?:[0-9a-f]{16}|[0-9a-f]{4}(?=›))/g, '');

// put together here so that no scanner takes this file for a leak
const chars = (length: number): string => 'Ab3dEf9hIj'.repeat(30).slice(0, length);
const aws = `AKIA${'IOSFODNN7EXAMPLE'.replaceAll(/[0189]/g, '2')}`;

describe('MASK-1 R9 A9: a value becomes a typed placeholder, structure stays', () => {
  test.each([
    [`id ${aws}.`, 'id ‹secret.aws-key-id·20›.'],
    [`aws_secret_access_key = ${chars(40)}`, 'aws_secret_access_key = ‹secret.aws-key·40›'],
    [`secretAccessKey: "${chars(40)}"`, 'secretAccessKey: "‹secret.aws-key·40›"'],
    [`ghp_${chars(36)}`, '‹secret.github·40›'],
    [`github_pat_${chars(82)}`, '‹secret.github·93›'],
    [`glpat-${chars(20)}`, '‹secret.gitlab·26›'],
    [`xoxb-${chars(40)}`, '‹secret.slack·45›'],
    [
      `https://hooks.slack.com/services/${chars(40)}`,
      'https://‹secret.slack-webhook·40›'.replace('‹', 'hooks.slack.com/services/‹'),
    ],
    [`sk_live_${chars(24)}`, '‹secret.stripe·32›'],
    [`npm_${chars(36)}`, '‹secret.npm·40›'],
    [`sk-proj-${chars(48)}`, '‹secret.openai·56›'],
    [`sk-ant-api03-${chars(90)}`, '‹secret.anthropic·103›'],
    [`csk_${chars(32)}`, '‹secret.countersign-key·36›'],
    [`eyJ${chars(20)}.eyJ${chars(40)}.${chars(43)}`, '‹secret.jwt·111›'],
    [
      'postgres://app:p@ss@db.internal:5432/x',
      'postgres://app:‹secret.url-password·4›@db.internal:5432/x',
    ],
    ['Server=db;User=sa;Password=Str0ng!;', 'Server=db;User=sa;Password=‹secret.password·7›;'],
    ['DB_PASSWORD=hunter2', 'DB_PASSWORD=‹secret.password·7›'],
    ['password: "correct horse"', 'password: "‹secret.password·13›"'],
    ['{"api_key":"abc"}', '{"api_key":"‹secret.password·3›"}'],
    ['mysql --password hunter2 -h db', 'mysql --password ‹secret.password·7› -h db'],
    ['helm --set auth.token=abc123', 'helm --set auth.token=‹secret.password·6›'],
    ['curl -u bob:s3cret https://h', 'curl -u bob:‹secret.password·6› https://h'],
    [`Authorization: Bearer ${chars(20)}`, 'Authorization: Bearer ‹secret.authorization·20›'],
    ['authorization: Basic dTpw', 'authorization: Basic ‹secret.authorization·4›'],
    ['Cookie: sid=abc; theme=dark', 'Cookie: ‹secret.cookie·19›'],
    ['pay 4111 1111 1111 1111 12', 'pay ‹pci.card·19› 12'],
    ['amex 378282246310005', 'amex ‹pci.card·15›'],
    ['DE89 3704 0044 0532 0130 00 EUR', '‹pii.iban·27› EUR'],
    ['GB82WEST12345698765432', '‹pii.iban·22›'],
    ['ssn 123-45-6789', 'ssn ‹pii.us-ssn·11›'],
    ['jane.doe@example.org', '‹pii.email·8›@example.org'],
    ['call +49 170 1234567 now', 'call ‹pii.phone·15› now'],
    ['call (212) 555-0123', 'call ‹pii.phone·14›'],
  ])('%s', (text, expected) => {
    expect(mask(text)).toBe(expected);
  });

  test('a private key is masked between its marks, however its lines are broken', () => {
    const pem = (line: string): string =>
      `-----BEGIN RSA PRIVATE KEY-----${line}${chars(64)}${line}${chars(30)}${line}-----END RSA PRIVATE KEY-----`;
    expect(mask(`a ${pem('\n')} b`)).toMatch(
      /^a -----BEGIN RSA PRIVATE KEY-----‹secret.private-key·\d+›-----END RSA PRIVATE KEY----- b$/,
    );
    expect(mask(JSON.stringify(pem('\n')))).not.toContain(chars(30));
    expect(mask(`-----BEGIN PRIVATE KEY-----\n${chars(64)}`)).not.toContain(chars(30)); // cut off
  });
});

describe('A9: what is no private value stays in clear', () => {
  test.each([
    'token: string;',
    'password = process.env.DB_PASSWORD',
    'PWD=/root/work',
    'const secret = getSecret()',
    'export TOKEN=$OTHER',
    'docker run -u 1000:1000',
    'git@github.com:org/repo.git',
    'http://localhost:8080/a@b',
    'order 1234567890123456',
    'build 4111111111111112',
    'sha 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'id 550e8400-e29b-41d4-a716-446655440000',
    '2026-07-28T03:00:00.000+02:00',
    '000-12-3456',
    'task-sk-notakey',
    '10.0.0.1',
    'DE89 3704 0044 0532 0130 01',
  ])('%s', (text) => {
    expect(masker.mask(text)).toEqual({ text, found: [] });
  });
});

test('the most specific claim wins, and nothing a weaker one covered stays in clear', () => {
  expect(mask(`token=${aws}`)).toBe('token=‹secret.aws-key-id·20›');
  expect(mask(`password="x ${aws} y"`)).toBe(
    'password="‹secret.password·2›‹secret.aws-key-id·20›‹secret.password·2›"',
  );
});

const split = (text: string, by: string): string => [...text].join(by);

describe('MASK-9 R8 R9: what draws nothing hides nothing', () => {
  test.each([
    ['zero width space', '\u200b'],
    ['zero width joiner', '\u200d'],
    ['word joiner', '\u2060'],
    ['soft hyphen', '\u00ad'],
    ['bidi override', '\u202e'],
    ['variation selector', '\ufe0f'],
    ['tag', '\u{e0041}'],
    ['NUL', '\0'],
    ['backspace', '\b'],
    ['colour', '\u001b[31;1m'],
    ['escape', '\u001b'],
    ['braille blank', '\u2800'],
    ['hair space', '\u200a'],
    ['several', '\u200b\u2060\ufeff'],
    ['lone surrogate', '\ud800'],
  ])('%s inside a secret', (_, by) => {
    const token = `ghp_${chars(36)}`;
    const plain = masker.mask(token).text;
    expect(masker.mask(split(token, by)).text).toBe(plain);
    expect(masker.mask(`a${by} ${split(token, by)} ${by}b`).text).toBe(`a${by} ${plain} ${by}b`);
    expect(mask(`x pass${by}word=${split('hunter2', by)} y`)).toBe(
      `x pass${by}word=‹secret.password·7› y`,
    );
    expect(mask(`${token.slice(0, 38)}${by}${token.slice(38)}`)).toBe('‹secret.github·40›');
    expect(json({ [split('password', by)]: 'x' })).toContain('‹secret.password›');
    expect(json([`--pass${by}word`, 'x'])).toContain('‹secret.password›');
  });

  test('of all the characters there are none that draws nothing is taken for a common one', () => {
    const nothing =
      /(?![\n\r\t])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;
    const missed: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      const char = String.fromCodePoint(point);
      if (nothing.test(char) !== reductionsOf(`a${char}b`).length > 0) missed.push(char);
    }
    expect(missed).toEqual([]);
  });

  test('an odd space where a plain one would be', () => {
    expect(mask(`Bearer\u00a0${chars(20)}`)).toContain('‹secret.authorization·20›');
    expect(mask('pay 4111\u2009111\u200b1 1111\u00a01111')).toBe('pay ‹pci.card·19›');
  });

  test('nor does what only looks like an escape sequence', () => {
    const token = `ghp_${chars(36)}`;
    expect(mask(`\u001b[${token.slice(0, 2)}\u200b${token.slice(2)}`)).toBe(
      '\u001b[‹secret.github·40›',
    );
  });

  test('a known value too', () => {
    const known = createMasker({ key: new Uint8Array(32), known: ['from the vault'] });
    expect(known.mask('it is fr\u200bom the va\u2060ult').text).toMatch(
      /^it is ‹secret.injected·14·fp:....›$/,
    );
  });

  test('what is no secret keeps what hides in it, for whoever makes it visible', () => {
    const text = 'a\u200bb \u001b[31mred\u001b[0m \u{1f468}\u200d\u{1f469} caf\u00e9\u00a0!';
    expect(masker.mask(text)).toEqual({ text, found: [] });
  });

  test('a secret is found at the end of a long text full of it', () => {
    const text = `${'a\u200b'.repeat(200_000)} ${split(`ghp_${chars(36)}`, '\u200b')}`;
    expect(masker.mask(text).found).toEqual([{ class: 'secret.github', count: 1 }]);
  });
});

test('masking what is masked changes nothing', () => {
  for (const text of [`token=${aws}`, 'password: "a b c"', 'jane@example.org', 'u://a:b@h'])
    expect(masker.mask(masker.mask(text).text).text).toBe(masker.mask(text).text);
});

test('R9: a fingerprint depends on the key and on the value', () => {
  const other = createMasker({ key: new Uint8Array(32).fill(8) });
  expect(masker.mask('password=hunter2').text).not.toBe(other.mask('password=hunter2').text);
  expect(masker.mask('password=hunter2').text).not.toBe(masker.mask('password=hunter3').text);
  expect(masker.mask('token=hunter2').text.slice(6)).toBe(
    masker.mask('token="hunter2"').text.slice(7, -1),
  );
});

test('findings are counted by class', () => {
  expect(masker.mask(`a@example.org b@example.org ${aws}`).found).toEqual([
    { class: 'pii.email', count: 2 },
    { class: 'secret.aws-key-id', count: 1 },
  ]);
});

test('a rule that is off is used when asked for', () => {
  const rules = RULES.filter(({ id }) => id === 'ip');
  const found = createMasker({ key: new Uint8Array(32), rules }).mask(
    'from 10.0.0.1 v1.2.3.4.5',
  ).found;
  expect(found).toEqual([{ class: 'pii.ip', count: 1 }]);
});

describe('R9: values inside JSON', () => {
  test.each([
    [{ password: 'x', user: 'ana' }, '{"password":"‹secret.password›","user":"ana"}'],
    [
      { clientSecret: 'ab', max_tokens: 5, tokenizer: 'fast' },
      '{"clientSecret":"‹secret.secret›","max_tokens":5,"tokenizer":"fast"}',
    ],
    [{ ssn: 123456789 }, '{"ssn":"‹pii.us-ssn›"}'],
    [
      { secrets: { a: 'x', b: ['y', null, true] } },
      '{"secrets":{"a":"‹secret.secret›","b":["‹secret.secret›",null,true]}}',
    ],
    [['mysql', '--password', 'x', 'db'], '["mysql","--password","‹secret.password›","db"]'],
    [[['Authorization', 'Basic x']], '[["Authorization","‹secret.authorization›"]]'],
    [[{ name: 'DB_PASSWORD', value: 'x' }], '[{"name":"DB_PASSWORD","value":"‹secret.password›"}]'],
    [['password', 'email'], '["password","email"]'],
    [{ note: 'token=abc1' }, '{"note":"token=‹secret.password·4›"}'],
    [{ password: '' }, '{"password":""}'],
  ])('%j', (value, expected) => {
    expect(json(value)).toBe(expected);
  });

  test('hostile names and depth do no harm', () => {
    const masked = masker.maskValue(JSON.parse('{"__proto__":{"password":"x"}}')) as object;
    expect(Object.getPrototypeOf(masked)).toBe(Object.prototype);
    expect(JSON.stringify(masked)).toContain('‹secret.password·fp:');
    let deep: unknown = 'password=hunter2';
    for (let i = 0; i < 10_000; i++) deep = [deep];
    expect(JSON.stringify(masker.maskValue(deep))).toContain('‹too-deep›');
  });
});

const key = new Uint8Array(32).fill(7);
test('classes that are left in clear stay, by what a text holds and by the name it stands under', () => {
  const value = { password: 'hunter2222', ssn: '219-09-9999', note: 'card 4111 1111 1111 1111' };
  const all = createMasker({ key }).maskValue(value) as typeof value;
  expect(all.ssn).toMatch(/^‹pii\./);
  const some = createMasker({ key, unmasked: ['pii', 'pci'] }).maskValue(value) as typeof value;
  expect(some).toMatchObject({ ssn: value.ssn, note: value.note });
  expect(some.password).toMatch(/^‹secret.password/);
  const one = createMasker({ key, unmasked: ['secret.password'] }).maskValue(value) as typeof value;
  expect(one.password).toBe(value.password);
  expect(one.ssn).toMatch(/^‹pii\./);
});

test('where nothing is masked, the same object comes back', () => {
  const value = { a: [1, 'two', { three: null }], b: { c: 'd' } };
  expect(createMasker({ key }).maskValue(value)).toBe(value);
  const priv = { ...value, password: 'hunter2222' };
  const masked = createMasker({ key }).maskValue(priv) as typeof value;
  expect(masked).not.toBe(priv);
  expect(masked.a).toBe(value.a);
});
