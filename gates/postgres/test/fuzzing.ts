import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { WireFailure } from '../src/wire/failure.ts';
import { createScanner } from '../src/wire/frames.ts';
import { backendLimits, frontendLimits, type Limits } from '../src/wire/limits.ts';
import { introductionOf } from '../src/wire/parameters.ts';
import { readParameters } from '../src/wire/packet.ts';
import * as backend from '../src/wire/read-backend.ts';
import * as frontend from '../src/wire/read-frontend.ts';
import { createScramLogin } from '../src/wire/scram-client.ts';
import { challengeOf, proveOf } from '../src/wire/scram-server.ts';

// What no bytes may do: anything but a value or a `WireFailure`. Few runs in the suite, as many as one likes by `fuzz.ts`.

type Traffic = Readonly<Record<'frontend' | 'backend', readonly string[]>>;
const recorded = JSON.parse(
  readFileSync(new URL('traffic.json', import.meta.url), 'utf8'),
) as Traffic;

/** What node-postgres and PostgreSQL 18 really said to each other, after the login. */
export const TRAFFIC: Readonly<Record<'frontend' | 'backend', Buffer>> = {
  frontend: Buffer.from(recorded.frontend.join(''), 'base64'),
  backend: Buffer.from(recorded.backend.join(''), 'base64'),
};

const MOST = 4_096;
const DIRECTIONS = [
  { said: TRAFFIC.frontend, limits: frontendLimits({ messageBytes: MOST }) },
  { said: TRAFFIC.backend, limits: backendLimits({ messageBytes: MOST }) },
] as const;

/** Messages of a stream that comes in these pieces, and how it ended. */
export function scan(pieces: readonly Buffer[], limits: Limits): readonly string[] {
  const scanner = createScanner(limits);
  const found: string[] = [];
  try {
    for (const piece of pieces) {
      scanner.push(piece, (type, bytes, start, end) => {
        if (type !== bytes[start] || end - start !== bytes.readInt32BE(start + 1) + 1)
          throw new Error('not a whole message');
        found.push(bytes.toString('latin1', start, end));
      });
      if (scanner.held() > MOST * 256) throw new Error('kept too much');
    }
    return [...found, `held ${scanner.held()}`];
  } catch (cause) {
    return [...found, failureOf(cause)];
  }
}

const failureOf = (cause: unknown): string => {
  if (cause instanceof WireFailure) return `failed ${cause.code}`;
  throw cause;
};

/** Cuts bytes at these places. */
export const cut = (bytes: Buffer, at: readonly number[]): readonly Buffer[] => {
  const places = [
    0,
    ...at.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return places.slice(1).map((place, n) => Buffer.from(bytes.subarray(places[n], place)));
};

type Change = { readonly at: number; readonly drop: number; readonly put: Uint8Array };
/** Ways to change bytes. */
export const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record<Change>({
    at: fc.nat(4_000),
    drop: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(40)),
    put: fc.uint8Array({ maxLength: 6 }),
  }),
  { maxLength: 5 },
);
/** Bytes with these changes. */
export const changed = (bytes: Buffer, list: readonly Change[]): Buffer => {
  let now = bytes;
  for (const { at, drop, put } of list) {
    const place = at % (now.length + 1);
    now = Buffer.concat([now.subarray(0, place), put, now.subarray(place + drop)]);
  }
  return now;
};

type Read = (bytes: Buffer, start?: number, end?: number) => unknown;
const READERS: readonly Read[] = [
  backend.readRowDescription,
  backend.readDataRow,
  backend.readErrorFields,
  backend.readCommandTag,
  backend.readParameterStatus,
  backend.readReady,
  frontend.readParse,
  frontend.readBind,
  frontend.readExecute,
  frontend.readDescribe,
  frontend.readQuery,
];
/** A value or a failure; a failure for whatever is cut short. */
function readWhatever(frame: Buffer): void {
  const inMiddle = Buffer.concat([Buffer.from('before'), frame, Buffer.from('\0behind\0\0')]);
  for (const read of READERS) {
    // a message means the same wherever it lies, and nothing is read beyond its end
    const [once, again] = [[frame], [inMiddle, 6, 6 + frame.length]].map((words) =>
      answerOf(read, words as unknown as Parameters<Read>),
    );
    if (once !== again) throw new Error(`${read.name} reads beyond the end`);
  }
  answerOf(frontend.readSaslInitial, [frame]);
}
const answerOf = (read: Read, words: Parameters<Read>): string => {
  try {
    const value = read(...words);
    return JSON.stringify(value instanceof Map ? [...value] : value);
  } catch (cause) {
    return failureOf(cause);
  }
};

const framesOf = (bytes: Buffer, limits: Limits): readonly Buffer[] =>
  scan([bytes], limits)
    .filter((text) => !/^(held|failed) /.test(text))
    .map((text) => Buffer.from(text, 'latin1'));

const scramText = fc.oneof(
  fc.string(),
  fc.stringMatching(/^(n|y|p=tls-server-end-point),,n=[a-z]{0,3},r=[!-+]{0,12}(,x)?$/),
  fc.stringMatching(/^r=[!-+]{0,30},s=[A-Za-z]{0,8},i=\d{1,9}$/),
  fc.stringMatching(/^c=biws,r=[!-+]{0,12},p=[A-Za-z0-9]{43}=$/),
);

type Property = {
  readonly name: string;
  readonly of: fc.IAsyncProperty<unknown[]> | fc.IProperty<unknown[]>;
};

const property = (name: string, of: unknown): Property => ({ name, of: of as Property['of'] });

/** All of them. */
export const PROPERTIES: readonly Property[] = [
  property(
    'a stream means the same however it is cut',
    fc.property(
      fc.constantFrom(...DIRECTIONS),
      changes,
      fc.array(fc.nat(4_000), { maxLength: 30 }),
      ({ said, limits }, list, places) => {
        const bytes = changed(said, list);
        const [whole, pieces] = [scan([bytes], limits), scan(cut(bytes, places), limits)];
        return JSON.stringify(whole) === JSON.stringify(pieces);
      },
    ),
  ),
  property(
    'any bytes are messages or a failure',
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300)), (bytes, places) => {
      const all = DIRECTIONS.map(({ limits }) => {
        const [whole, pieces] = [
          scan([Buffer.from(bytes)], limits),
          scan(cut(Buffer.from(bytes), places), limits),
        ];
        return JSON.stringify(whole) === JSON.stringify(pieces);
      });
      return all.every(Boolean);
    }),
  ),
  property(
    'whatever is in a message, it reads or fails',
    fc.property(
      fc.constantFrom(...DIRECTIONS.flatMap(({ said, limits }) => framesOf(said, limits))),
      changes,
      (frame, list) => readWhatever(changed(frame, list)),
    ),
  ),
  property(
    'whatever is in a startup message, it is an introduction or a failure',
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom('user', 'database', 'options', 'TimeZone', 'x', ''), fc.string()),
      ),
      changes,
      (pairs, list) => {
        const text = pairs.map(([name, value]) => `${name}\0${value}\0`).join('');
        const bytes = changed(Buffer.from(`${text}\0`), list);
        try {
          introductionOf(readParameters({ bytes, at: 0, end: bytes.length }));
        } catch (cause) {
          failureOf(cause);
        }
      },
    ),
  ),
  property(
    'whatever is said in SCRAM, nobody comes in by it',
    fc.asyncProperty(scramText, scramText, async (first, second) => {
      const bind = { mechanism: 'SCRAM-SHA-256', certificate: undefined };
      const account = { salt: Buffer.from('salt'), iterations: 1 };
      try {
        const challenge = challengeOf(first, account, bind);
        const final = second.replace(/r=[^,]*/, `r=${challenge.nonce}`);
        if (proveOf(challenge, final, []) !== undefined) return false;
      } catch (cause) {
        failureOf(cause);
      }
      const login = createScramLogin('password', undefined);
      const nonce = login.first.slice(login.first.indexOf('r='));
      await login.final(first.replace(/i=\d+/, 'i=3'));
      await login.final(second.replace(/r=/, nonce).replace(/i=\d+/, 'i=2'));
      return !login.isProven(first) && !login.isProven(second);
    }),
  ),
];
