// node write-large.ts FOLDER COUNT: a signed ledger of whole actions, written bundle by bundle so that it may be large.
import { hash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createSigner, signHead } from '../test/write-ledger.ts';

const ORIGIN = 'bench.example/ledger';
const digest = (of: string): string => `sha256:${hash('sha256', of)}`;
const pad = (value: number): string => String(value).padStart(36, '0');

/** The five entries of one allowed action that ran, in the size they have in life. */
function entriesOf(action: number): readonly string[] {
  const stream = `act_${pad(action)}`;
  const at = 1_700_000_000_000 + action * 10;
  const [id, policyDigest] = [digest(stream), digest('policy')];
  const grant = `{"audience":"data-bot","id":"grt_${pad(action)}","notBefore":${at},"useBy":${at + 300_000}}`;
  const judgement = `{"code":"permitted","engine":"cedar-4.13.0","errors":[],"gitCommit":"${'0'.repeat(40)}","matched":{"forbid":[],"permit":["data-agents-may-export"],"review":[]},"policyDigest":"${policyDigest}","reasons":["Data agents may export"],"requirements":[],"shadow":[],"verdict":"allow"}`;
  const lineage = `{"agent":"data-bot","delegators":[],"editors":[],"onBehalfOf":"carl","owner":"mona","session":"s-1","startedBy":"mona"}`;
  const tail = (n: number, type: string): string =>
    `"n":${n},"stream":"${stream}","type":"${type}","v":1}`;
  return [
    `{"actionId":"${stream}","actionType":"crm.export","at":${at},"digest":"${id}","factsDigest":"${id}","fingerprint":"${id.slice(7)}","gate":"api","lineage":${lineage},"n":1,"resource":{"id":"crm","type":"Database"},"schemaVersion":1,"stream":"${stream}","type":"action.proposed","v":1}`,
    `{"at":${at},"execution":{"audience":"data-bot","deadlineMs":60000},"judgement":${judgement},${tail(2, 'action.judged')}`,
    `{"at":${at},"grant":${grant},${tail(3, 'grant.issued')}`,
    `{"at":${at + 5},"by":"data-bot","deadline":${at + 60_005},"factsDigest":"${id}","gitCommit":"${'0'.repeat(40)}","n":4,"policyDigest":"${policyDigest}","stream":"${stream}","type":"grant.redeemed","v":1}`,
    `{"at":${at + 9},"by":"data-bot","n":5,"report":{"outcome":"executed","resultDigest":"${id}","summary":"3 rows"},"stream":"${stream}","type":"action.executed","v":1}`,
  ];
}

const [folder = '', count = '1000000'] = process.argv.slice(2);
const size = Number(count);
const name = (index: number): string =>
  [
    ...String(index)
      .padStart(Math.ceil(String(index).length / 3) * 3, '0')
      .matchAll(/.{3}/g),
  ]
    .map(([group], i, all) => (i < all.length - 1 ? `x${group}` : group))
    .join('/');
const put = (kind: string | number, index: number, width: number, data: Uint8Array): void => {
  const file = join(folder, `tile/${kind}/${name(index)}${width === 256 ? '' : `.p/${width}`}`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
};
const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  hash('sha256', Buffer.concat(parts), 'buffer');

/** Per level the hashes of its open tile, and how many tiles it has completed. */
const levels: { hashes: Buffer[]; done: number }[] = [];
function add(level: number, leaf: Buffer): void {
  const open = (levels[level] ??= { hashes: [], done: 0 });
  open.hashes.push(leaf);
  if (open.hashes.length < 256) return;
  put(level, open.done++, 256, Buffer.concat(open.hashes));
  let row = open.hashes;
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, i) =>
      sha256(Buffer.of(1), row[2 * i] ?? Buffer.of(), row[2 * i + 1] ?? Buffer.of()),
    );
  open.hashes = [];
  add(level + 1, row[0] ?? Buffer.of());
}

let bundle: Buffer[] = [];
for (let i = 0; i < size; i++) {
  const entry = Buffer.from(entriesOf(Math.floor(i / 5))[i % 5] ?? '');
  bundle.push(Buffer.of(entry.length >> 8, entry.length & 255), entry);
  add(0, sha256(Buffer.of(0), entry));
  if (bundle.length < 512 && i < size - 1) continue;
  put('entries', Math.floor(i / 256), bundle.length / 2, Buffer.concat(bundle));
  bundle = [];
}

/** The perfect subtrees of the open tiles, small to large, folded into the root. */
const peaks: Buffer[] = [];
for (const [level, { hashes, done }] of levels.entries()) {
  if (hashes.length > 0) put(level, done, hashes.length, Buffer.concat(hashes));
  let rest = hashes;
  for (let width = 1; width < 256; width *= 2) {
    if (Math.floor(hashes.length / width) % 2 === 0) continue;
    let row = rest.slice(-width);
    rest = rest.slice(0, -width);
    while (row.length > 1)
      row = Array.from({ length: row.length / 2 }, (_, i) =>
        sha256(Buffer.of(1), row[2 * i] ?? Buffer.of(), row[2 * i + 1] ?? Buffer.of()),
      );
    peaks.push(row[0] ?? Buffer.of());
  }
}
const root = peaks.reduce((right, left) => sha256(Buffer.of(1), left, right));
const log = createSigner(ORIGIN, Buffer.alloc(32, 1));
writeFileSync(join(folder, 'checkpoint'), signHead({ size, root }, [log]));
writeFileSync(join(folder, 'trust.txt'), `log ${log.vkey}\nquorum none\n`);
