import { describe, expect, test } from 'vitest';
import { isEnough, readTrust } from '../src/note/trust.ts';
import { createSigner } from './write-ledger.ts';

const seed = (n: number): Uint8Array => Buffer.alloc(32, n);
const log = createSigner('example.com/ledger', seed(1)).vkey;
const witnesses = [2, 3, 4, 5].map((n) => createSigner(`w${n}.example`, seed(n), 1).vkey);
const named = witnesses.map((vkey, i) => `witness W${i} ${vkey}\n`).join('');

const quorumOf = async (text: string) => {
  const trust = await readTrust(`log ${log}\n${named}${text}`);
  if (!trust.ok) throw new Error(trust.failure.message);
  return trust.value.quorum;
};
const cosigned = (...indexes: readonly number[]): ReadonlySet<string> =>
  new Set(indexes.map((i) => `W${i}`));

describe('RC-8 a quorum', () => {
  const nested = 'group A 2 W0 W1 W2\ngroup B any W3\ngroup AB all A B\nquorum AB\n';
  test.each([
    ['quorum none\n', [], true],
    ['quorum W1\n', [0, 2], false],
    ['quorum W1\n', [1], true],
    ['group A any W0 W1\nquorum A\n', [], false],
    ['group A any W0 W1\nquorum A\n', [1], true],
    ['group A all W0 W1\nquorum A\n', [1], false],
    [nested, [0, 1], false],
    [nested, [0, 3], false],
    [nested, [0, 2, 3], true],
  ])('%j with witnesses %j: %s', async (text, by, expected) => {
    expect(isEnough(await quorumOf(text), cosigned(...by))).toBe(expected);
  });
});

describe('a trust file', () => {
  test('has comments, tabs, URLs', async () => {
    const text = `# ours\n\n\tlog\t${log} https://example.com \n${named}  quorum W0  \n`;
    expect(await readTrust(text)).toMatchObject({ ok: true });
  });

  const cosigner = createSigner('example.com/ledger', seed(1), 1).vkey;
  const sameKey = createSigner('other.example', seed(2), 1).vkey;
  test.each([
    ['no quorum', ''],
    ['two quorums', 'quorum none\nquorum none\n'],
    ['an undefined name', 'quorum X\n'],
    ['a group of nothing', 'group A any\nquorum A\n'],
    ['a threshold of zero', 'group A 0 W0\nquorum A\n'],
    ['a threshold beyond its members', 'group A 2 W0\nquorum A\n'],
    ['a threshold that is no number', 'group A constructor W0\nquorum A\n'],
    ['a threshold with a leading zero', 'group A 01 W0\nquorum A\n'],
    ['a member twice', 'group A any W0 W0\nquorum A\n'],
    ['a member of two groups', 'group A any W0\ngroup B any W0\nquorum A\n'],
    ['a group that is its own member', 'group A any A\nquorum A\n'],
    ['a name used before it is defined', 'group A any B\ngroup B any W0\nquorum A\n'],
    ['`none` as a member', 'group A any none\nquorum A\n'],
    ['`none` as a name', `witness none ${sameKey}\nquorum none\n`],
    ['a name taken', `witness W0 ${cosigner}\nquorum none\n`],
    ['a public key twice, under another name', `witness V ${sameKey}\nquorum none\n`],
    ['a log twice', `log ${log}\nquorum none\n`],
    ['a witness’s key as a log’s', `log ${cosigner}\nquorum none\n`],
    ['a log’s key as a witness’s', `witness V ${log}\nquorum none\n`],
    [
      'a key id that is not the key’s',
      `witness V ${sameKey.replace(/\+[0-9a-f]/, '+x')}\nquorum none\n`,
    ],
    ['an unknown keyword', 'require everything\nquorum none\n'],
    ['a control character', 'quorum none\r\n'],
  ])('with %s is refused, naming the line', async (_, text) => {
    expect(await readTrust(`log ${log}\n${named}${text}`)).toMatchObject({
      failure: { code: 'trust-invalid', message: expect.stringMatching(/^trust file[,:]/) },
    });
  });

  test.each(['', '[]', '{"keys":1}', '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}'])(
    'grant keys %j are refused',
    async (grantKeys) => {
      expect(await readTrust('quorum none\n', { grantKeys })).toMatchObject({
        failure: { code: 'grant-keys-invalid' },
      });
    },
  );
});
