import { toBytes, type Hash } from '@countersign/core';
import type { Grown } from './grow.ts';
import type { Plan } from './plan.ts';
import type { Statements } from './statements.ts';
import type { Step } from './transaction.ts';

/** The statements that write a plan. Arrays and one buffer each: the number of values does not grow with the batch. */
export function writesOf(
  plan: Plan,
  grown: Grown,
  {
    sql,
    base,
    now,
    mark,
  }: {
    readonly sql: Statements;
    readonly base: number;
    readonly now: number;
    /** Who writes, and which of its batches this is. */
    readonly mark: readonly [writer: string, batch: number];
  },
): readonly Step[] {
  const head = [grown.size, Buffer.from(toBytes(grown.root)), packed(grown.peaks), now, ...mark];
  return [
    { name: 'insert-events', text: sql.insertEvents, values: eventsOf(plan, grown, base) },
    ...tilesOf(grown, sql),
    ...besideOf(plan, sql),
    { name: 'set-head', text: sql.setHead, values: head },
  ];
}

function eventsOf({ written }: Plan, { leaves, bytes }: Grown, base: number): readonly unknown[] {
  const [streams, versions, firsts, lengths]: [string[], number[], number[], number[]] = [
    [],
    [],
    [],
    [],
  ];
  let at = 0;
  for (const { unit } of written)
    for (const [i, entry] of unit.entries.entries()) {
      const length = Buffer.byteLength(entry);
      streams.push(unit.stream);
      versions.push(unit.expectedVersion + 1 + i);
      firsts.push(at + 2); // past the zero byte; SQL counts from 1
      lengths.push(length);
      at += 1 + length;
    }
  return [base, streams, versions, packed(leaves), bytes, firsts, lengths];
}

/** The statement that keeps the roots of full tiles; none where there are none. */
export function tilesOf({ tiles }: Pick<Grown, 'tiles'>, sql: Statements): readonly Step[] {
  if (tiles.length === 0) return [];
  const values = [
    tiles.map(({ level }) => level),
    tiles.map(({ index }) => index),
    packed(tiles.map(({ root }) => root)),
  ];
  return [{ name: 'insert-tiles', text: sql.insertTiles, values }];
}

/** What stands beside the log. */
export type Beside = Pick<Plan, 'standings' | 'claims' | 'blobs'>;

/** The statements that write it; nothing is sent for what a batch has not got. */
export function besideOf(plan: Beside, sql: Statements): readonly Step[] {
  const steps: Step[] = [];
  const standings = [...plan.standings];
  if (standings.length > 0)
    steps.push({
      name: 'stand',
      text: sql.stand,
      values: [
        standings.map(([stream]) => stream),
        standings.map(([, { state }]) => state),
        standings.map(([, { approvalId }]) => approvalId ?? null),
        standings.map(([, { agent }]) => agent),
        standings.map(([, { createdAt }]) => createdAt),
        standings.map(([, { dueAt }]) => dueAt ?? null),
        standings.map(([, { owner }]) => owner ?? null),
        standings.map(([, { session }]) => session ?? null),
      ],
    });
  const claims = [...plan.claims];
  const held = claims.flatMap(([name, by]) => (by ? [{ name, ...by }] : []));
  const freed = claims.flatMap(([name, by]) => (by ? [] : [name]));
  if (freed.length > 0) steps.push({ name: 'release', text: sql.release, values: [freed] });
  if (held.length > 0)
    steps.push({
      name: 'claim',
      text: sql.claim,
      values: [
        held.map(({ name }) => name),
        held.map(({ stream }) => stream),
        held.map(({ until }) => until ?? null),
      ],
    });
  if (plan.blobs.length > 0) steps.push(blobsOf(plan, sql));
  return steps;
}

function blobsOf({ blobs }: Beside, sql: Statements): Step {
  let at = 1;
  const firsts = blobs.map(([, , data]) => {
    const first = at;
    at += data.length;
    return first;
  });
  return {
    name: 'insert-blobs',
    text: sql.insertBlobs,
    values: [
      blobs.map(([stream]) => stream),
      blobs.map(([, name]) => name),
      Buffer.concat(blobs.map(([, , data]) => data)),
      firsts,
      blobs.map(([, , data]) => data.length),
    ],
  };
}

/** Hashes as the bytes they are, one after the other. */
export function packed(hashes: readonly Hash[]): Buffer {
  const bytes = Buffer.allocUnsafe(hashes.length * 32);
  for (const [i, hash] of hashes.entries()) bytes.write(hash, i * 32, 32, 'latin1');
  return bytes;
}
