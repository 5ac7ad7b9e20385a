import { describe, expect, test } from 'vitest';
import type { StoreDump } from '../src/dump.ts';
import { surveyDump, type Survey } from '../src/survey.ts';
import { createMemoryStore, type MemoryStore } from '../src/testing/index.ts';
import { instant } from '../src/time.ts';
import { ok } from '../src/result.ts';
import { sightTools } from '../src/tools/decide.ts';
import { pinsOf } from '../src/tools/definition.ts';
import { changeTools } from '../src/tools/stream.ts';
import { allow, deny, must, openOffice, review, who } from './office.ts';

/** A ledger with actions in every kind of state: open, granted, running, unknown and closed, denied, edited, erased. */
async function lived(): Promise<{ readonly store: MemoryStore; readonly open: string }> {
  const made: MemoryStore[] = [];
  const office = openOffice(review(), (clock) => {
    const store = createMemoryStore({ clock });
    made.push(store);
    return store;
  });
  const { gatekeeper } = office;
  const propose = async (table: string) => must(await office.propose({ arguments: { table } }));
  const run = async (table: string) => {
    office.says = allow;
    const { status, grant } = await propose(table);
    must(await gatekeeper.redeem(grant ?? '', 'data-bot'));
    return status.id;
  };
  const ran = await run('executed');
  must(await gatekeeper.report(ran, 'data-bot', { outcome: 'executed' }));
  await office.store.erase(ran);
  const unknown = await run('unknown');
  office.clock.advance(120_000);
  await gatekeeper.reconcile();
  must(await gatekeeper.report(unknown, 'data-bot', { outcome: 'failed' })); // closed late
  await run('executing');
  office.says = deny;
  await propose('denied');
  office.says = review();
  const { status } = await propose('voted-down');
  const ballot = await office.ballotOf(status.id, { choice: 'deny' });
  must(await gatekeeper.vote(who(office, 'dana'), ballot));
  const { status: waits } = await propose('open');
  await propose('open'); // joined
  const [store] = made;
  if (!store) throw new Error('no store was made');
  for (const listed of [pinsOf([{ name: 'a' }]), pinsOf([{ name: 'a', title: 'A' }])])
    must(
      await changeTools(store, 'mail', (state) => {
        const sighting = { server: 'mail', listed, firstSight: 'accept' } as const;
        return ok({ events: sightTools(state, sighting, office.clock()), definitions: listed });
      }),
    );
  return { store, open: waits.id };
}

/** A dump in which some pages are others. */
const changed = <K extends 'entries' | 'standings' | 'claims' | 'blobs'>(
  dump: StoreDump,
  part: K,
  change: (page: readonly PartOf<K>[]) => readonly PartOf<K>[],
): StoreDump => ({
  ...dump,
  async *[part]() {
    for await (const page of dump[part]()) yield change(page as readonly PartOf<K>[]);
  },
});
type PartOf<K extends 'entries' | 'standings' | 'claims' | 'blobs'> =
  ReturnType<StoreDump[K]> extends AsyncIterable<readonly (infer T)[]> ? T : never;

const codes = ({ problems }: Survey): readonly string[] => problems.map(({ code }) => code);

describe('a survey', () => {
  test('finds nothing in a ledger that lived', async () => {
    const { store } = await lived();
    const survey = await surveyDump(await store.dump(), { marks: [3] });
    expect(survey.problems).toEqual([]);
    expect(survey.streams).toBe(7);
    expect(survey.size).toBeGreaterThan(15);
    expect(survey.rootAt(3)).toHaveLength(32);
    expect(survey.rootAt(99)).toHaveLength(0);
  });
  test('names each entry that was changed, moved or is missing, and the head', async () => {
    const dump = await (await lived()).store.dump();
    const flipped = changed(dump, 'entries', (page) =>
      page.map((it) => (it.seq === 4 ? { ...it, entry: it.entry.replace('"v":1', '"v":2') } : it)),
    );
    expect((await surveyDump(flipped)).problems).toEqual([
      { code: 'entry-damaged', where: 'entry 4', what: expect.stringContaining('its leaf') },
      { code: 'head-mismatch', where: 'head', what: expect.stringContaining('the root of') },
    ]);
    const gone = changed(dump, 'entries', (page) => page.filter(({ seq }) => seq !== 4));
    expect((await surveyDump(gone)).problems[0]?.what).toContain('entry 4 is missing');
    const moved = changed(dump, 'entries', (page) =>
      page.map((it) => (it.seq === 4 ? { ...it, stream: 'act_other' } : it)),
    );
    expect(codes(await surveyDump(moved))).toContain('entry-damaged');
    const junk = changed(dump, 'entries', (page) =>
      page.map((it) => (it.seq === 4 ? { ...it, entry: 'junk' } : it)),
    );
    expect(codes(await surveyDump(junk))).toContain('entry-damaged');
  });
  test('compares standings with the fold of the events', async () => {
    const { store, open } = await lived();
    const dump = await store.dump();
    const settled = changed(dump, 'standings', (page) =>
      page.map((it) =>
        it.stream === open ? { ...it, standing: { ...it.standing, state: 'approved' } } : it,
      ),
    );
    expect((await surveyDump(settled)).problems).toEqual([
      { code: 'standing-mismatch', where: open, what: expect.stringMatching(/approved.*pending/) },
    ]);
    const never = changed(dump, 'standings', (page) =>
      page.map((it) => {
        const { dueAt: _, ...rest } = it.standing;
        return it.stream === open ? { ...it, standing: rest } : it;
      }),
    );
    expect(codes(await surveyDump(never)), 'it would never expire').toEqual(['standing-mismatch']);
    const gone = changed(dump, 'standings', (page) => page.filter((it) => it.stream !== open));
    expect((await surveyDump(gone)).problems[0]?.what).toContain('is not kept');
    const made = changed(dump, 'standings', (page) => [
      ...page,
      {
        stream: 'act_made',
        standing: { state: 'approved', agent: 'data-bot', createdAt: instant(0) },
      },
    ]);
    expect(codes(await surveyDump(made))).toContain('standing-mismatch');
  });
  test('claims: every waiting action holds its own, and no other holds one', async () => {
    const { store, open } = await lived();
    const dump = await store.dump();
    const gone = changed(dump, 'claims', (page) => page.filter(({ stream }) => stream !== open));
    expect((await surveyDump(gone)).problems).toEqual([
      { code: 'claim-mismatch', where: open, what: expect.stringContaining('does not hold') },
    ]);
    const other = changed(dump, 'claims', (page) =>
      page.map((it) => ({ ...it, stream: 'act_other' })),
    );
    expect(codes(await surveyDump(other))).toContain('claim-mismatch');
  });
  test('blobs: those that events were written with are kept or erased', async () => {
    const { store, open } = await lived();
    const dump = await store.dump();
    for (const name of ['key', 'payload', 'view']) {
      const gone = changed(dump, 'blobs', (page) =>
        page.filter((it) => it.stream !== open || it.name !== name),
      );
      expect((await surveyDump(gone)).problems).toEqual([
        { code: 'blob-missing', where: open, what: expect.stringContaining(`\`${name}\``) },
      ]);
    }
  });
});
