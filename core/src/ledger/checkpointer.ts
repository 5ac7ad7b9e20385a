import { StoreFailure, type LedgerStore } from '../ports.ts';
import { readCheckpoint, signCheckpoint } from './checkpoint.ts';
import { splitOrigin } from './epoch.ts';
import { openNote, parseVkey, type NoteSigner } from './note.ts';

/**
 * Keeps the last checkpoint that was signed, outside the database, so that a restored backup is noticed.
 * `write` resolves only after the checkpoint is durable.
 */
export type LastSigned = {
  readonly read: () => Promise<string | undefined>;
  readonly write: (checkpoint: string) => Promise<void>;
};

/** Signs committed heads; what it hands out is durable in `LastSigned`, and its sizes never decrease. */
export type Checkpointer = {
  /** The newest checkpoint there is. */
  readonly latest: () => string;
  /** A checkpoint over everything committed before the call. */
  readonly current: () => Promise<string>;
  /** Stops following the ledger, after one last checkpoint. */
  readonly stop: () => Promise<void>;
};

const INTERVAL_MS = 100;

/** Follows a ledger and signs its heads, at most every 100 ms and on demand. Resolves with one at hand. */
export async function createCheckpointer(parts: {
  readonly store: Pick<LedgerStore, 'head' | 'onAppended'>;
  readonly signer: NoteSigner;
  readonly lastSigned: LastSigned;
  /** Runs something once, later. */
  readonly later: (ms: number, run: () => void) => void;
  /** Told when signing in the background failed; it is tried again after the next unit. */
  readonly onFailure: (cause: unknown) => void;
}): Promise<Checkpointer> {
  const { store, signer, lastSigned, later, onFailure } = parts;
  let signed = await readSigned(lastSigned, signer);
  let signing: Promise<void> | undefined;
  let isScheduled = false;

  async function signHead(): Promise<void> {
    const head = await store.head(); // INVARIANT: only committed heads are signed
    if (signed && head.size < signed.size)
      throw new StoreFailure(
        'rolled-back',
        `the ledger has ${head.size} entries, but ${signed.size} were signed`,
      );
    const note = signCheckpoint(head, signer);
    await lastSigned.write(note); // durable before anyone sees it
    signed = { size: head.size, note };
  }

  async function current(): Promise<string> {
    const { size } = await store.head();
    for (;;) {
      if (signed?.note !== undefined && signed.size >= size) return signed.note;
      signing ??= signHead().finally(() => {
        signing = undefined;
      });
      await signing;
    }
  }

  const stopFollowing = store.onAppended(() => {
    if (isScheduled) return;
    isScheduled = true;
    later(INTERVAL_MS, () => {
      isScheduled = false;
      current().catch(onFailure);
    });
  });
  const first = await current();
  return {
    latest: () => signed?.note ?? first,
    current,
    stop: async () => {
      stopFollowing();
      await current();
    },
  };
}

type Signed = { readonly size: number; readonly note?: string };

/** What was signed before; the note itself only if it is ours, so a changed key signs anew at that size. */
async function readSigned(lastSigned: LastSigned, signer: NoteSigner): Promise<Signed | undefined> {
  const note = await lastSigned.read();
  if (note === undefined) return undefined;
  const checkpoint = readCheckpoint(note);
  if (!checkpoint) throw new StoreFailure('corrupt', 'the last signed checkpoint cannot be read');
  const [before, now] = [splitOrigin(checkpoint.origin), splitOrigin(signer.name)];
  // INVARIANT (L26): what an earlier epoch signed is no size of this one; the first of this one is above its first entry
  if (before.log === now.log && before.epoch < now.epoch) return undefined;
  if (checkpoint.origin !== signer.name)
    throw new StoreFailure(
      'store-failed',
      `the last signed checkpoint is of \`${checkpoint.origin}\`, not \`${signer.name}\``,
    );
  const verifier = parseVkey(signer.vkey);
  const isOurs = verifier !== undefined && openNote(note, [verifier]).ok;
  return { size: checkpoint.size, ...(isOurs && { note }) };
}
