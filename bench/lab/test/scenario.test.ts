import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createChance } from '../chance.ts';
import { loadScenario, NotAScenario, parseScenario } from '../scenario.ts';
import { planFaults } from '../schedule.ts';

const GOOD = `store: postgres
replicas: 3
agents: 5
reviewers: 4
minutes: 1
think: { agent: 1s..2s, reviewer: 0.5s..1s, run: 10ms..20ms }
mix: { read: 3, approved: 1 }
faults:
  - { kind: kill, every: 20s, down: 2s }
  - { kind: partition, at: [5s, 40s], for: 3s, how: refuse }
`;

const wrong = (from: string, to: string): string => {
  try {
    parseScenario(GOOD.replace(from, to), 'x.yaml');
    return 'accepted';
  } catch (error) {
    return error instanceof NotAScenario ? error.message : String(error);
  }
};

describe('a scenario file', () => {
  test('is read, times in ms', () => {
    const { think, faults, mix, pending } = parseScenario(GOOD);
    expect(think.reviewer).toEqual([500, 1000]);
    expect(faults[1]).toMatchObject({ at: [5_000, 40_000], for: 3_000 });
    expect([mix.read, mix.denied, pending]).toEqual([3, 0, 3]);
  });
  test.each([
    ['replicas: 3', 'replica: 3', 'x.yaml:1: `scenario`: Unrecognized key: "replica"'],
    ['every: 20s', 'every: 20', 'x.yaml:9: `faults.0.every`'],
    ['every: 20s, ', '', 'x.yaml:9: `faults.0`: say either `every` or `at`'],
    ['kind: kill', 'kind: hit', 'x.yaml:9: `faults.0.kind`'],
    ['1s..2s', '2s..1s', 'x.yaml:6: `think.agent`: write the shorter first'],
    ['mix: { read: 3, approved: 1 }', 'mix: { reed: 3 }', 'Unrecognized key: "reed"'],
    ['mix: { read: 3, approved: 1 }', 'mix: { read: 0 }', '`mix`: nothing is done'],
    ['store: postgres', 'store: sqlite', 'x.yaml:2: `replicas`: the embedded store has one'],
    ['how: refuse', 'how: drop', 'x.yaml:10: `faults.1.how`'],
  ])('%s → %s is refused with its line', (from, to, message) => {
    expect(wrong(from, to)).toContain(message);
  });
});

const FOLDER = join(import.meta.dirname, '../scenarios');
test.each(readdirSync(FOLDER))('%s is a scenario', (name) => {
  expect(loadScenario(join(FOLDER, name)).agents).toBeGreaterThan(0);
});

const plan = (seed: string) => planFaults(parseScenario(GOOD), createChance(seed));

describe('the schedule of faults', () => {
  test('follows from the seed', () => {
    expect(plan('1')).toEqual(plan('1'));
    expect(plan('1')).not.toEqual(plan('2'));
  });
  test('keeps the period, and ends before the run', () => {
    const faults = plan('1');
    const kills = faults.filter(({ fault }) => fault.kind === 'kill').map(({ at }) => at);
    expect(kills.length).toBeGreaterThanOrEqual(2);
    expect(
      kills.every((at, i) => at <= 58_000 && (i === 0 || at - (kills[i - 1] ?? 0) === 20_000)),
    ).toBe(true);
    const times = faults.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});
