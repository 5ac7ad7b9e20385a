import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TypedFact } from '@countersign/core';
import { nothingSaid } from '@countersign/identity';
import { createCatalogue, createDirectory } from '../src/directory.ts';
import { ENV, GOOD, load, loadGood } from './config-fixture.ts';

const directoryOf = async (text: string) =>
  createDirectory((await loadGood(text)).config, nothingSaid)();

describe('people', () => {
  test('R5 linked accounts are one human, however long the chain', async () => {
    const text = GOOD.replace(
      'people:\n',
      `people:
  - { id: dana-admin, name: Dana, token: 'env:DANA2', groups: [dba], same_as: dana-work }
  - { id: dana-work, name: Dana, token: 'env:DANA3', same_as: dana }
`,
    );
    const env = { ...ENV, DANA3: 'csp_dana3000000000000000000' };
    const directory = createDirectory((await loadGood(text, env)).config, nothingSaid)();
    expect(
      ['dana', 'dana-work', 'dana-admin', 'mona'].map((id) => directory.person(id)?.human),
    ).toEqual(['dana', 'dana', 'dana', 'mona']);
    expect(directory.members(['dba']).map(({ id }) => id)).toEqual(['dana-admin']);
  });

  test('members are accounts in any of the groups, each once', async () => {
    const directory = await directoryOf(
      GOOD.replace(
        'groups: [data-owners] }\n  - { id: dana',
        'groups: [data-owners, dba] }\n  - { id: dana',
      ),
    );
    expect(directory.members(['data-owners', 'dba']).map(({ id }) => id)).toEqual(['mona', 'dana']);
    expect(directory.members(['dba']).map(({ id }) => id)).toEqual(['mona']);
    expect(directory.members(['none'])).toEqual([]);
    expect(directory.members([])).toEqual([]);
  });

  test('a token in a file reaches `chat`, whoever holds it; who left stays known as inactive', async () => {
    const directory = await directoryOf(GOOD.replace('name: Dana,', 'name: Dana, active: false,'));
    expect(directory.person('dana')).toMatchObject({ active: false, reach: 'chat' });
    expect(directory.person('mona')).toMatchObject({ active: true, reach: 'chat' });
  });

  test('property: R5 humans partition accounts exactly as links connect them', async () => {
    const links = fc.array(fc.option(fc.nat(5), { nil: undefined }), {
      minLength: 6,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(links, async (to) => {
        const names = to.map((_, i) => `p${i}`);
        const rows = to.map(
          (other, i) =>
            `  - { id: p${i}, name: P, token: 'env:T${i}'${other === undefined ? '' : `, same_as: p${other}`} }`,
        );
        const env = Object.fromEntries(
          names.map((name, i) => [`T${i}`, `csp_${name.padEnd(24, '0')}`]),
        );
        const loaded = await load(`people:\n${rows.join('\n')}\n`, env);
        const end = (i: number, steps = 0): number | undefined => {
          const other = to[i];
          return other === undefined ? i : steps > to.length ? undefined : end(other, steps + 1);
        };
        const ends = to.map((_, i) => end(i));
        expect(loaded.ok).toBe(ends.every((one) => one !== undefined));
        if (!loaded.ok) return;
        const directory = createDirectory(loaded.value.config, nothingSaid)();
        expect(names.map((name) => directory.person(name)?.human)).toEqual(
          ends.map((i) => `p${i}`),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('agents', () => {
  test('carry no credential', async () => {
    const directory = await directoryOf(GOOD);
    expect(directory.agent('data-bot')).toEqual({
      id: 'data-bot',
      owner: 'mona',
      teams: ['data-agents'],
      trust: 0,
      quarantined: false,
      actsFor: [],
      delegators: [],
      issuers: [],
      source: 'configuration',
      workloads: [],
    });
    expect(directory.agent('mona')).toBeUndefined();
    expect(directory.agent('toString')).toBeUndefined();
  });

  test('the kill switch stops those named, or all', async () => {
    const one = await directoryOf(GOOD);
    expect([one.isKilled('data-bot'), one.isKilled('other')]).toEqual([true, false]);
    const all = await directoryOf(GOOD.replace('{ agents: [data-bot] }', '{ all: true }'));
    expect([all.isKilled('data-bot'), all.isKilled('other')]).toEqual([true, true]);
  });
});

describe('resources', () => {
  test('bring typed attributes and the teams they name, not enumerated entities', async () => {
    const directory = await directoryOf(GOOD);
    expect(directory.resource('Database', 'crm')).toEqual([
      {
        type: 'Database',
        id: 'crm',
        attrs: {
          env: TypedFact.entity('Env', 'prod'),
          owner: TypedFact.entity('Team', 'data-owners'),
        },
        parents: [],
      },
      { type: 'Team', id: 'data-owners', attrs: {}, parents: [] },
    ]);
    expect(directory.resource('Database', 'nope')).toBeUndefined();
    expect(directory.resource('Host', 'crm')).toBeUndefined();
  });

  test('bring their parents, those of the parents and named people; circles end', async () => {
    const directory = await directoryOf(
      GOOD.replace(
        'resources:\n',
        `resources:
  - { type: Cluster, id: a, parents: [{ entity: Region, id: eu }], attrs: { lead: { entity: Person, id: mona } } }
  - { type: Region, id: eu, parents: [{ entity: Cluster, id: a }, { entity: Team, id: dba }] }
`,
      ),
    );
    const entities = directory.resource('Cluster', 'a') ?? [];
    expect(entities.map(({ type, id }) => `${type} ${id}`)).toEqual([
      'Cluster a',
      'Region eu',
      'Team dba',
      'Person mona',
      'Team data-owners',
    ]);
    expect(entities.find(({ type }) => type === 'Person')?.attrs).toEqual({ suspended: false });
  });

  test('the catalogue knows exactly what is listed', async () => {
    const { config } = await loadGood(GOOD);
    const catalogue = createCatalogue(config);
    expect(catalogue.resource('Database', 'crm')?.tables['customers']).toEqual({
      rows: 60_000,
      columns: ['id'],
      pii: { email: 'email' },
    });
    expect(catalogue.resource('Database', 'crm","x')).toBeUndefined();
  });
});
