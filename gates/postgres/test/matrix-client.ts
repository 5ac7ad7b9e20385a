import { connect, type Socket } from 'node:net';
import type { Catalog } from '../src/catalog/catalog.ts';
import type { ResultMasking, RowMask } from '../src/mask/mask.ts';
import type { Classify, StatementFacts } from '../src/sql/facts.ts';
import { createScanner } from '../src/wire/frames.ts';
import { backendLimits } from '../src/wire/limits.ts';
import { startupMessage } from '../src/wire/packet.ts';
import { readDataRow, readErrorFields } from '../src/wire/read-backend.ts';
import {
  writeBind,
  writeCopyFail,
  writeDescribe,
  writeExecute,
  writeParse,
  writeQuery,
  writeSync,
} from '../src/wire/write.ts';

/** One value before and after. */
type Value = { readonly raw: Buffer | null; readonly masked: Buffer | null };

/** What a statement gave: everything that reaches the client, and the values of each column of all its results. */
export type Seen = {
  readonly masked: Buffer;
  /** What the database had sent. */
  readonly raw: Buffer;
  readonly columns: readonly (readonly Value[])[];
  /** Refused before it ran: by the classifier, or as a COPY that cannot be masked. */
  readonly isRefused: boolean;
  readonly changesCatalog: boolean;
  /** SQLSTATE of each error. */
  readonly codes: readonly string[];
};

/** How a statement is sent. `blind`: without Describe, as some drivers do; `slow`: by a portal that is suspended. */
export type Way = 'simple' | 'text' | 'binary' | 'blind' | 'slow';

export type MatrixClient = {
  readonly send: (text: string, way: Way) => Promise<Seen>;
  readonly close: () => void;
};

type Parts = {
  readonly port: number;
  readonly classify: Classify;
  readonly masking: ResultMasking;
  readonly catalog: () => Catalog;
};

export type Exchange = (bytes: Buffer, on: (frame: Buffer) => void) => Promise<void>;

/** A superuser's connection on which every message goes through the masks: they are all that stands before a value. */
export async function openMatrixClient(parts: Parts): Promise<MatrixClient> {
  const socket = connect(parts.port, '127.0.0.1');
  const exchange = createExchange(socket);
  let isStale = false; // from a change of the catalog to the end of its transaction
  await exchange(
    startupMessage(
      new Map([
        ['user', 'postgres'],
        ['database', 'postgres'],
      ]),
    ),
    () => undefined,
  );
  return {
    send: async (text, way) => {
      const catalog = isStale ? undefined : parts.catalog();
      const seen = await send(parts, exchange, { text, way, catalog });
      isStale = !text.startsWith('rollback') && (isStale || seen.changesCatalog);
      return seen;
    },
    close: () => void socket.destroy(),
  };
}

/** Sends, and tells every message until the server is ready again. */
export function createExchange(socket: Socket, isIn = false): Exchange {
  const scanner = createScanner(backendLimits({ messageBytes: 1 << 24 }));
  let on: ((frame: Buffer) => void) | undefined;
  let ready: (() => void) | undefined;
  let isLoggedIn = isIn;
  let isSimple = true;
  socket.on('data', (all: Buffer) => {
    const chunk = isLoggedIn ? all : all.subarray(all.lastIndexOf(Buffer.from([0x5a, 0, 0, 0, 5])));
    isLoggedIn = true;
    scanner.push(chunk, (type, bytes, from, to) => {
      // a Sync that comes while rows are expected is not heard
      if (type === letter('G'))
        socket.write(
          isSimple ? writeCopyFail('no') : Buffer.concat([writeCopyFail('no'), writeSync()]),
        );
      on?.(Buffer.from(bytes.subarray(from, to)));
      if (type === letter('Z')) ready?.();
    });
  });
  return (bytes, listener) =>
    new Promise((resolve) => {
      on = listener;
      ready = resolve;
      isSimple = bytes[0] === letter('Q');
      socket.write(bytes);
    });
}

const letter = (text: string): number => text.charCodeAt(0);

const BINARY = [1];
/** The messages of one statement. */
export function messages(text: string, way: Way): Buffer {
  if (way === 'simple') return writeQuery(text);
  const resultFormats = way === 'binary' ? BINARY : [];
  const bound = [
    writeParse('', text),
    writeBind({ portal: '', statement: '', values: [], resultFormats }),
  ];
  const described = way === 'blind' ? bound : [...bound, writeDescribe('portal', '')];
  const runs = way === 'slow' ? [1, 1, 0] : [0];
  return Buffer.concat([...described, ...runs.map((most) => writeExecute('', most)), writeSync()]);
}

async function send(
  parts: Parts,
  exchange: Exchange,
  {
    text,
    way,
    catalog,
  }: { readonly text: string; readonly way: Way; readonly catalog: Catalog | undefined },
): Promise<Seen> {
  const classified = parts.classify(text, parts.catalog());
  const none = {
    masked: Buffer.alloc(0),
    raw: Buffer.alloc(0),
    columns: [],
    codes: [],
    changesCatalog: false,
  };
  if (classified.is === 'refused') return { ...none, isRefused: true };
  const { statements } = classified.facts;
  // MASK-18
  if (statements.some(({ kind, isClean }) => kind === 'copy-out' && !isClean))
    return { ...none, isRefused: true };
  const out: Buffer[] = [];
  const raw: Buffer[] = [];
  const codes: string[] = [];
  const columns: Value[][] = [];
  let at = 0;
  let mask: RowMask | undefined;
  const rows = (description: Buffer | undefined, facts: StatementFacts | undefined): RowMask =>
    parts.masking.rows({ description, facts, catalog, clear: [] });
  await exchange(messages(text, way), (frame) => {
    const facts = catalog && statements[at];
    const type = String.fromCharCode(frame[0] ?? 0);
    if (type === 'T') mask = rows(frame, facts);
    if (type === 'E') codes.push(readErrorFields(frame).get('C') ?? '');
    if (type === 'C' || type === 'I') at++;
    const seen = type === 'D' ? (mask ??= rows(undefined, facts)).row(frame) : undefined;
    if (seen) note(columns, frame, Buffer.from(seen));
    if (type === 'C') mask = undefined;
    raw.push(frame);
    out.push(
      type === 'E' || type === 'N'
        ? Buffer.from(parts.masking.report(frame, facts))
        : type === 'A'
          ? Buffer.from(parts.masking.notification(frame))
          : Buffer.from(seen ?? frame),
    );
  });
  const changesCatalog = statements.some((one) => one.changesCatalog);
  return {
    masked: Buffer.concat(out),
    raw: Buffer.concat(raw),
    columns,
    codes,
    isRefused: false,
    changesCatalog,
  };
}

function note(columns: Value[][], before: Buffer, after: Buffer): void {
  const masked = readDataRow(after);
  readDataRow(before).forEach((raw, i) =>
    (columns[i] ??= []).push({ raw, masked: masked[i] ?? null }),
  );
}
