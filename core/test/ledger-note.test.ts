import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSigningKey, type SigningKey } from '../src/crypto.ts';
import {
  formatCheckpoint,
  parseCheckpoint,
  readCheckpoint,
  signCheckpoint,
} from '../src/ledger/checkpoint.ts';
import { fromBase64, toBase64 } from '../src/ledger/hash.ts';
import {
  createCosigner,
  createLogSigner,
  formatNote,
  formatVkey,
  openNote,
  parseNote,
  parseVkey,
  type NoteVerifier,
} from '../src/ledger/note.ts';

type Vectors = {
  keys: {
    seed: string;
    publicKey: string;
    log: string;
    cosigner: string;
    other: string;
    invalid: string[];
  };
  checkpoint: {
    origin: string;
    size: number;
    root: string;
    text: string;
    note: string;
    cosigned: string;
    time: number;
    invalid: string[];
  };
  notes: { name: string; vkeys: string[]; note: string; opens?: string; refused?: string }[];
};
const { keys, checkpoint, notes }: Vectors = JSON.parse(
  readFileSync(new URL('../../docs/spec/vectors/ledger.json', import.meta.url), 'utf8'),
);

function keyOf(seed: string): SigningKey {
  const der = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.from(seed, 'hex'),
  ]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return readSigningKey(key.export({ format: 'pem', type: 'pkcs8' }).toString());
}
const key = keyOf(keys.seed);
const log = createLogSigner(checkpoint.origin, key);
const witness = createCosigner(checkpoint.origin, key, () => checkpoint.time);
const root = fromBase64(checkpoint.root) ?? new Uint8Array(0);
const verifiersOf = (vkeys: string[]): NoteVerifier[] =>
  vkeys.flatMap((vkey) => parseVkey(vkey) ?? []);

const line = (n: number): string => `— k${n} ${toBase64(new Uint8Array(68).fill(n))}\n`;

describe('keys', () => {
  test('vkeys of the known answers', () => {
    expect(Buffer.from(key.publicKey).toString('hex')).toBe(keys.publicKey);
    expect(log.vkey).toBe(keys.log);
    expect(witness.vkey).toBe(keys.cosigner);
  });
  test.each([keys.log, keys.cosigner, keys.other])('reads %s', (vkey) => {
    const verifier = parseVkey(vkey);
    expect(verifier && formatVkey(verifier)).toBe(vkey);
  });
  test.each(keys.invalid)('refuses %s', (vkey) => {
    expect(parseVkey(vkey)).toBeUndefined();
  });
  test.each(['', 'a b', 'a+b', 'a\u00a0b', 'a\u2003b'])('no key is named `%s`', (name) => {
    expect(() => createLogSigner(name, key)).toThrow('cannot name a key');
  });
});

describe('notes', () => {
  test.each(notes)('$name', ({ vkeys, note, opens, refused }) => {
    const verifiers = verifiersOf(vkeys);
    expect(verifiers).toHaveLength(vkeys.length);
    const opened = openNote(note, verifiers);
    if (opens !== undefined) expect(opened.ok && opened.value.text).toBe(opens);
    else expect(opened).toEqual({ ok: false, error: refused });
  });
  test('sixteen signatures are accepted, a thousand are not', () => {
    const lines = (n: number): string => Array.from({ length: n }, (_, i) => line(i)).join('');
    expect(openNote(checkpoint.note + lines(16), verifiersOf([keys.log])).ok).toBe(true);
    expect(parseNote(checkpoint.note + lines(1_000))).toBeUndefined();
    expect(parseNote(`${'a'.repeat(1_000_000)}\n\n${line(1)}`)).toBeUndefined();
  });
  test('no single changed character of a signed note opens', () => {
    const note = checkpoint.cosigned;
    const verifiers = verifiersOf([keys.log, keys.cosigner]);
    expect(openNote(note, verifiers).ok).toBe(true);
    fc.assert(
      fc.property(
        fc.nat(note.length - 1),
        fc.constantFrom('A', '7', '\n', ' ', '/'),
        (at, char) => {
          const other = note.slice(0, at) + char + note.slice(at + 1);
          const opened = openNote(other, verifiers);
          const signers = opened.ok ? opened.value.signatures.length : 0;
          // a changed name or key id makes one line unknown; never both lines stand
          return other === note || signers < 2;
        },
      ),
    );
  });
  test('whatever it is fed, it answers', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => !openNote(text, verifiersOf([keys.log])).ok,
      ),
    );
  });
});

describe('checkpoints', () => {
  test('text, signature and cosignature of the known answers', () => {
    expect(formatCheckpoint({ origin: checkpoint.origin, size: 7, root })).toBe(checkpoint.text);
    expect(signCheckpoint({ size: 7, root }, log)).toBe(checkpoint.note);
    const lines = [log.sign(checkpoint.text), witness.sign(checkpoint.text)];
    expect(formatNote(checkpoint.text, lines)).toBe(checkpoint.cosigned);
  });
  test('a cosignature tells its time', () => {
    const opened = openNote(checkpoint.cosigned, verifiersOf([keys.cosigner]));
    expect(opened.ok && opened.value.signatures[0]?.time).toBe(checkpoint.time);
  });
  test('reads what it wrote', () => {
    expect(readCheckpoint(checkpoint.cosigned)).toEqual({
      origin: checkpoint.origin,
      size: 7,
      root,
    });
    expect(readCheckpoint('nothing')).toBeUndefined();
  });
  test.each(checkpoint.invalid)('refuses %j', (text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });
  test('refuses to write what it would not read', () => {
    expect(() => formatCheckpoint({ origin: 'a\nb', size: 7, root })).toThrow('one line');
    expect(() => formatCheckpoint({ origin: 'a', size: -1, root })).toThrow('head');
    expect(() => formatNote('no newline', [])).toThrow('newline');
  });
});
