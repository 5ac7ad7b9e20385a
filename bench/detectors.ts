import { readFileSync } from 'node:fs';
import { createMasker, RULES, type Rule } from '@countersign/core';
import { benignBody } from './corpora/benign.ts';
import { createChance } from './corpora/chance.ts';
import { readLabelled } from './corpora/labelled.ts';
import { createFind, makeDocuments, tally, type Tally } from './corpora/measure.ts';
import { median, type Figure } from './figure.ts';

const EACH = 600;
const BODY = 100_000;
const BODIES = 10;
const ROUNDS = 5;
const LEAST = 0.95;

/**
 * What the detectors find and what they mistake, on texts made anew of a seed that nobody tuned to, and how fast. A file of
 * labelled texts is read too where `COUNTERSIGN_SYNTH_DATASET` names one (presidio-research, `data/synth_dataset_v2.json`).
 */
export async function benchDetectors(): Promise<readonly Figure[]> {
  const seed = Number(process.env['COUNTERSIGN_SEED'] ?? Date.now() % 2 ** 31);
  const labelled = process.env['COUNTERSIGN_SYNTH_DATASET'];
  return [
    ...quality(`detectors/seed-${seed}`, tally(createFind(), makeDocuments(seed, EACH))),
    ...(labelled === undefined
      ? []
      : quality(
          'detectors/synth-dataset-v2',
          tally(createFind(), readLabelled(readFileSync(labelled, 'utf8'))),
        )),
    benign(),
    speed(),
  ];
}

const quality = (name: string, tallies: ReadonlyMap<string, Tally>): readonly Figure[] =>
  [...tallies]
    .filter(([, { sought }]) => sought > 0)
    .flatMap(([kind, { sought, found, claimed, right }]) => {
      const figure = (what: string, value: number, of: string): Figure => ({
        name: `${name.replace(/seed-\d+/, 'fresh')}/${kind}-${what}`,
        value,
        unit: '',
        baseline: `of ${of}`,
        target: `≥ ${LEAST}`,
        ok: value >= LEAST,
      });
      return [
        figure('recall', found / sought, `${sought} texts`),
        figure('precision', claimed === 0 ? 0 : right / claimed, `${claimed} placeholders`),
      ];
    });

const bodies = (seed: number): readonly string[] => {
  const chance = createChance(seed);
  return Array.from({ length: BODIES }, () => benignBody(chance, BODY));
};

/** Findings of secrets where there are none. */
function benign(): Figure {
  const texts = bodies(11);
  const masker = createMasker({ key: new Uint8Array(32) });
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  const count = texts.flatMap((text) => masker.find(text)).length;
  const value = count / (bytes / 1_000_000);
  return {
    name: 'detectors/findings-in-benign-text',
    value,
    unit: 'per MB',
    baseline: null,
    target: '≤ 1',
    ok: value <= 1,
  };
}

/** MB of text per second of this thread. */
function rateOf(read: (text: string) => unknown, texts: readonly string[]): number {
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  const rates = Array.from({ length: ROUNDS + 1 }, () => {
    const { user, system } = process.threadCpuUsage();
    for (const text of texts) read(text);
    const now = process.threadCpuUsage();
    return bytes / (now.user + now.system - user - system);
  });
  return median(rates.slice(1));
}

/** The baseline: each rule tried over the whole text, as if nothing told where to look. */
function everywhere(rules: readonly Rule[]): (text: string) => number {
  const all = rules.map(
    ({ regex }) => new RegExp(regex.source, regex.flags.replace(/[yd]/g, '') + 'g'),
  );
  return (text) => all.reduce((sum, regex) => sum + (text.match(regex)?.length ?? 0), 0);
}

function speed(): Figure {
  const texts = bodies(12);
  const masker = createMasker({ key: new Uint8Array(32) });
  const value = rateOf((text) => masker.find(text), texts);
  const baseline = rateOf(everywhere(RULES.filter((rule) => !rule.off)), texts.slice(0, 1));
  return {
    name: 'detectors/100-kb-bodies',
    value,
    unit: 'MB/s of CPU time',
    baseline: `every rule over the whole text: ${baseline.toPrecision(3)} MB/s`,
    ratio: value / baseline,
    target: '≥ 50',
    ok: value >= 50,
  };
}
