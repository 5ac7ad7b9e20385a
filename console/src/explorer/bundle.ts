/** An entry as it lies in the ledger. */
export type Entry = {
  readonly index: number;
  readonly stream: string;
  readonly n: number;
  readonly type: string;
  readonly at: number;
  /** The very bytes that are hashed. */
  readonly text: string;
};

const WIDTH = 256;

/** The entries of a bundle (C2SP tlog-tiles: two bytes of length, big end first, then the entry). */
export function entriesOf(bytes: Uint8Array, first: number): readonly Entry[] {
  const out: Entry[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (let at = 0; at < bytes.length;) {
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) throw new RangeError('the bundle ends within an entry');
    out.push(entryOf(decoder.decode(bytes.subarray(at + 2, end)), first + out.length));
    at = end;
  }
  return out;
}

function entryOf(text: string, index: number): Entry {
  const { stream, n, type, at } = JSON.parse(text) as Record<string, unknown>;
  return { index, stream: String(stream), n: Number(n), type: String(type), at: Number(at), text };
}

/** The path of a bundle, below `/ledger/`: three digits per step, all but the last marked. */
export function bundlePath(index: number, width: number): string {
  let path = String(index % 1_000).padStart(3, '0');
  for (let rest = Math.floor(index / 1_000); rest > 0; rest = Math.floor(rest / 1_000))
    path = `x${String(rest % 1_000).padStart(3, '0')}/${path}`;
  return `tile/entries/${path}${width === WIDTH ? '' : `.p/${width}`}`;
}

/** The bundle that comes before a position, as its index and how many entries of it there are. */
export function bundleBefore(end: number): { readonly index: number; readonly width: number } {
  const index = Math.floor((end - 1) / WIDTH);
  return { index, width: Math.min(WIDTH, end - index * WIDTH) };
}

/** The size a checkpoint speaks of; it is only believed once its signature is checked. */
export const sizeOf = (checkpoint: string): number => Number(checkpoint.split('\n')[1] ?? 0);
