import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeEntry, instant, makeId, random, type ApprovalEvent } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { followTraces } from '../src/followers/traces.ts';
import { readTraceparent, spanIdOf, traceIdOf } from '../src/telemetry/ids.ts';
import { createOutbox } from '../src/telemetry/outbox.ts';
import type { Span } from '../src/telemetry/spans.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('a traceparent is read to the letter', () => {
  expect(readTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE, spanId: SPAN });
});
test.each([
  ['another version', `01-${TRACE}-${SPAN}-01`],
  ['the version that never is', `ff-${TRACE}-${SPAN}-01`],
  ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['more behind it', `00-${TRACE}-${SPAN}-01-x`],
  ['a line break', `00-${TRACE}-${SPAN}-01\n`],
  ['too little', `00-${TRACE}-${SPAN}`],
  ['two of them', [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`]],
  ['nothing', undefined],
])('ATTACKER: %s is no traceparent', (_, header) => {
  expect(readTraceparent(header)).toBeUndefined();
});

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
test('ids follow from the action, as docs/guides/observability.md says', () => {
  expect(traceIdOf('act_1')).toBe(sha('act_1').slice(0, 32));
  expect(spanIdOf('act_1', 'waiting')).toBe(sha('act_1/waiting').slice(0, 16));
});

const action = makeId('act', instant(1), random(16));
const DIGEST = 'sha256:0';
/** A life in three units, each written by whichever replica took the request. */
const LIFE = [
  [
    {
      type: 'action.proposed',
      at: instant(1_000),
      actionId: action,
      actionType: 'sql.export',
      schemaVersion: 1,
      resource: { type: 'Database', id: 'crm' },
      lineage: { agent: 'etl', owner: 'olga', editors: [], delegators: [] },
      gate: 'api',
      digest: DIGEST,
      fingerprint: 'f',
      factsDigest: DIGEST,
    },
    {
      type: 'action.judged',
      at: instant(1_002),
      judgement: {
        verdict: 'allow',
        code: 'permitted',
        matched: { permit: ['p'], forbid: [], review: [] },
        shadow: [],
        errors: [],
        requirements: [],
        reasons: [],
        policyDigest: DIGEST,
        engine: 'cedar',
      },
      execution: { audience: 'etl', deadlineMs: 1_000 },
    },
    {
      type: 'grant.issued',
      at: instant(1_002),
      grant: {
        id: makeId('grt', instant(1), random(16)),
        audience: 'etl',
        notBefore: instant(1_002),
        useBy: instant(9_000),
      },
    },
  ],
  [
    {
      type: 'grant.redeemed',
      at: instant(2_000),
      by: 'etl',
      policyDigest: DIGEST,
      deadline: instant(3_000),
    },
  ],
  [{ type: 'action.executed', at: instant(2_500), by: 'etl', report: { outcome: 'executed' } }],
] as const satisfies readonly (readonly ApprovalEvent[])[];
const STATES = ['allowed', 'executing', 'executed'];

/** The spans of a life whose unit `i` is written by replica `writers[i]`. */
async function told(writers: readonly number[]): Promise<readonly Span[]> {
  const store = createMemoryStore({ clock: () => instant(0) });
  const spans: Span[] = [];
  let writing = 0;
  const replicas = [0, 1, 2].map((mine) =>
    followTraces({
      store: {
        read: store.read,
        // each replica knows the unit of what it wrote itself; of the rest it only hears
        onAppended: (listener) =>
          store.onAppended(({ unit, ...news }) =>
            listener(unit && writing === mine ? { ...news, unit } : news),
          ),
      },
      out: (some) => void spans.push(...some),
      onDropped: () => expect.fail('nothing is dropped'),
    }),
  );
  let version = 0;
  for (const [i, events] of LIFE.entries()) {
    writing = writers[i] ?? 0;
    const entries = events.map((event, at) => encodeEntry(action, version + 1 + at, event));
    const standing = { state: STATES[i] ?? '', agent: 'etl', createdAt: instant(1_000) };
    await store.append({ stream: action, expectedVersion: version, entries, standing });
    version += entries.length;
  }
  await Promise.all(replicas.map(({ stop }) => stop()));
  return spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
}

test.each([[[0, 1, 2]], [[0, 1, 0]], [[2, 0, 0]]])(
  'replicas %j together tell the trace that one alone tells',
  async (writers) => {
    const alone = await told([0, 0, 0]);
    expect(alone.map(({ name }) => name).toSorted()).toEqual(['action', 'execution', 'judge']);
    expect(alone.find(({ name }) => name === 'execution')).toMatchObject({
      start: 2_000,
      end: 2_500,
    });
    expect(await told(writers)).toEqual(alone);
  },
);

test('an outbox is bounded, counts what it gives up, and sends the rest when it stops', async () => {
  const sent: number[] = [];
  const dropped: [number, string][] = [];
  let fails = false;
  const outbox = createOutbox<number>({
    most: 4,
    batch: 3,
    everyMs: 60_000,
    send: async (items) => {
      if (fails) throw new Error('gone');
      sent.push(...items);
      await Promise.resolve();
    },
    onSent: () => undefined,
    onDropped: (count, reason) => void dropped.push([count, reason]),
  });
  outbox.add([1, 2, 3, 4, 5, 6]);
  expect(dropped).toEqual([[2, 'full']]);
  fails = true;
  await outbox.stop();
  expect([sent, dropped.at(-1)]).toEqual([[], [4, 'refused']]);
  outbox.add([7]);
  expect(dropped.at(-1)).toEqual([1, 'full']);
});

test('where no collector is configured nothing of OpenTelemetry is loaded', () => {
  const src = join(import.meta.dirname, '..', 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  /** Files that load something of this name as soon as they are loaded themselves; types are not loaded. */
  const loading = (what: RegExp): readonly string[] =>
    files.filter((name) =>
      [
        ...readFileSync(join(src, name), 'utf8').matchAll(
          /^(?:import|export) (?!type )[^;]*? from '([^']+)'/gm,
        ),
      ].some(([, from = '']) => what.test(from)),
    );
  const parts = ['metric-data.ts', 'otlp.ts', 'readable-span.ts'];
  expect(loading(/^@opentelemetry\//).toSorted()).toEqual(
    parts.map((name) => join('telemetry', name)),
  );
  expect(loading(/\/(?:metric-data|readable-span)\.ts$/)).toEqual([join('telemetry', 'otlp.ts')]);
  expect(loading(/\/otlp\.ts$/)).toEqual([]);
});
