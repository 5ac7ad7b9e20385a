// Appends and signs as the gateway would, and says each promise on its standard output. Killed or failed by faults.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Worker } from 'node:worker_threads';
import {
  createCheckpointer,
  createLogSigner,
  instant,
  makeId,
  makeSigningKeyPem,
  readCheckpoint,
  readSigningKey,
  StoreFailure,
  type Checkpointer,
  type LedgerStore,
} from '@countersign/core';
import { createLastSignedFile, createSqliteStore } from '../src/index.ts';
import { faulty } from './fault.ts';

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const [folder = '', lastSigned = '', roundsText = '30'] = process.argv.slice(2);

/** Writes now, not when the loop comes round: what is said has left this process. */
function say(line: string): void {
  let left = Buffer.from(`${line}\n`);
  while (left.length > 0) {
    try {
      left = left.subarray(fs.writeSync(1, left));
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN')) throw cause;
    }
  }
}

// oxlint-disable-next-line typescript/unbound-method -- called with its own this below
const postMessage = Worker.prototype.postMessage;
const post = faulty<void>('post');
Worker.prototype.postMessage = function (this: Worker, ...values): void {
  post(() => postMessage.apply(this, values));
};
const rename = fs.promises.rename;
const renamed = faulty<Promise<void>>('last-signed-rename');
fs.promises.rename = (from, to) => renamed(() => rename(from, to));
const open = fs.promises.open;
const synced = faulty<Promise<void>>('last-signed-sync');
fs.promises.open = async (path, ...rest) => {
  const file = await open(path, ...rest);
  if (!String(path).endsWith('.tmp')) return file;
  const sync = file.sync.bind(file);
  file.sync = () => synced(sync);
  return file;
};
syncBuiltinESMExports();

let count = 0;
async function appendOne(store: LedgerStore): Promise<void> {
  const n = count++;
  const stream = makeId('act', instant(n), new Uint8Array(16).fill(n % 256));
  const entries = Array.from({ length: 1 + (n % 40) }, (_, i) =>
    JSON.stringify({ v: 1, n, i, stream }),
  );
  const result = await store.append({
    stream,
    expectedVersion: 0,
    entries,
    standing: { state: 'open', agent: `agent-${n % 3}`, createdAt: instant(n) },
    claims: [{ name: `key-${n}` }],
    blobs: { payload: new Uint8Array(n % 5_000).fill(n) },
  });
  if (!result.ok) throw new Error(`refused: ${result.error.code}`);
  const { firstSeq } = result.value;
  for (const i of entries.keys()) say(`ack ${firstSeq + i} ${stream} ${i + 1}`);
}

async function publish(checkpointer: Checkpointer): Promise<void> {
  try {
    const checkpoint = readCheckpoint(await checkpointer.current());
    if (checkpoint) say(`head ${checkpoint.size} ${toBase64(checkpoint.root)}`);
  } catch (cause) {
    say(`unsigned ${cause instanceof StoreFailure ? cause.code : String(cause)}`);
  }
}

/** A failed append must be the last: from there on nothing is acknowledged. */
async function giveUp(store: LedgerStore, cause: unknown): Promise<never> {
  say(`failed ${cause instanceof StoreFailure ? cause.code : String(cause)}`);
  for (let i = 0; i < 3; i++)
    await store
      .append({ stream: `late-${i}`, expectedVersion: 0, entries: ['{}'] })
      .then(() => say('late'))
      .catch(() => undefined);
  return process.exit(7);
}

const signed = createLastSignedFile(lastSigned);
const store = await createSqliteStore({
  folder,
  clock: () => instant(Date.now()),
  lastSigned: signed,
  worker: new URL('./faulty-worker.ts', import.meta.url),
});
const checkpointer = await createCheckpointer({
  store,
  signer: createLogSigner('example.com/crash', readSigningKey(makeSigningKeyPem())),
  lastSigned: signed,
  later: () => undefined,
  onFailure: () => undefined,
});
for (let round = 0; round < Number(roundsText); round++) {
  try {
    await Promise.all(Array.from({ length: 8 }, () => appendOne(store)));
  } catch (cause) {
    await giveUp(store, cause);
  }
  await publish(checkpointer);
}
await store.close();
