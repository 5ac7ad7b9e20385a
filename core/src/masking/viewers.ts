import { isDataClasses, likelyClass, type DataClass, type DataClasses } from './class.ts';
import { triggerOf, type CustomClass } from './custom.ts';
import { err, ok, type Result } from '../result.ts';
import { readPattern } from './pattern.ts';

/** Who looks at a masked value: an agent at what comes back, a person at what is asked, an auditor at what was. */
export type Viewer = 'agent' | 'reviewer' | 'auditor';

/** Classes that each viewer sees in clear. Nobody sees a secret by policy: to reveal one is an act with a reason, on record. */
export type Viewers = Readonly<Record<Viewer, readonly DataClasses[]>>;

/** What an installation decides about masking: `policies/masking.yaml`. */
export type MaskingPolicy = {
  readonly viewers: Viewers;
  readonly custom: readonly CustomClass[];
};

/** Everything is masked for everybody, and there are no classes of one's own. */
export const NO_MASKING_POLICY: MaskingPolicy = {
  viewers: { agent: [], reviewer: [], auditor: [] },
  custom: [],
};

/** What is wrong with a masking policy, and where. */
export type MaskingProblem = {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string;
};

type Path = MaskingProblem['path'];
type Report = (path: Path, message: string, hint: string) => undefined;
type Members = Readonly<Record<string, unknown>>;

const VIEWERS = ['agent', 'reviewer', 'auditor'] as const;
const NAME = /^[a-z][a-z0-9-]{0,47}$/;
const MOST = 1_000;

/** Reads `{ viewers: { reviewer: [pii.email] }, custom: { employee-id: { patterns, words, names } } }`: all of it, or every problem at once. */
export function readMaskingPolicy(
  value: unknown,
): Result<MaskingPolicy, readonly MaskingProblem[]> {
  const problems: MaskingProblem[] = [];
  const report: Report = (path, message, hint) => void problems.push({ path, message, hint });
  const whole = members(value ?? {}, [], ['viewers', 'custom'], report);
  const viewers = members(whole['viewers'] ?? {}, ['viewers'], VIEWERS, report);
  const custom = members(whole['custom'] ?? {}, ['custom'], undefined, report);
  const policy: MaskingPolicy = {
    custom: Object.entries(custom).map(([name, own]) => customClass(name, own, report)),
    viewers: {
      agent: shownTo('agent', viewers, report),
      reviewer: shownTo('reviewer', viewers, report),
      auditor: shownTo('auditor', viewers, report),
    },
  };
  return problems.length > 0 ? err(problems) : ok(policy);
}

function members(
  value: unknown,
  path: Path,
  known: readonly string[] | undefined,
  report: Report,
): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return report(path, 'is not a map', 'write names and values under it') ?? {};
  for (const name of Object.keys(value))
    if (known && !known.includes(name))
      report([...path, name], `\`${name}\` is not known here`, `write ${known.join(', ')}`);
  return value as Members;
}

function texts(value: unknown, path: Path, report: Report): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MOST)
    return report(path, 'is not a list', `write a list of at most ${MOST} texts`) ?? [];
  return value.flatMap((one: unknown, i) =>
    typeof one === 'string' && one.trim() === one && one.length > 0 && one.length <= 256
      ? [one]
      : (report([...path, i], 'is not a text', 'write 1 to 256 characters, no space around') ?? []),
  );
}

function shownTo(viewer: Viewer, viewers: Members, report: Report): readonly DataClasses[] {
  const path = ['viewers', viewer];
  return texts(viewers[viewer], path, report).flatMap((text, i) => {
    if (!isDataClasses(text)) {
      const likely = likelyClass(text);
      const hint = likely ? `did you mean \`${likely}\`?` : 'write one such as pii.email, or pii';
      return report([...path, i], `\`${text}\` is not a data class`, hint) ?? [];
    }
    if (text !== 'secret' && !text.startsWith('secret.')) return [text];
    const hint = 'reveal it where it is needed: with a reason, on record';
    return report([...path, i], 'no policy shows a secret', hint) ?? [];
  });
}

function customClass(name: string, value: unknown, report: Report): CustomClass {
  const path = ['custom', name];
  if (!NAME.test(name))
    report(path, `\`${name}\` is not a name`, 'use up to 48 small letters, digits and -');
  const own = members(value, path, ['patterns', 'words', 'names'], report);
  const patterns = texts(own['patterns'], [...path, 'patterns'], report);
  patterns.forEach((source, i) => checkPattern(source, [...path, 'patterns', i], report));
  const words = texts(own['words'], [...path, 'words'], report);
  words.forEach((word, i) => {
    if (!/^\S{3}/.test(word))
      report(
        [...path, 'words', i],
        `\`${word}\` is too short`,
        'begin with three characters and no space',
      );
  });
  const names = texts(own['names'], [...path, 'names'], report);
  if (patterns.length + words.length + names.length === 0)
    report(path, 'says nothing', 'write patterns, words or names');
  const kind: DataClass = `custom.${name}`;
  return { class: kind, patterns, words, names };
}

function checkPattern(source: string, path: Path, report: Report): void {
  const read = readPattern(source);
  if (!read.ok) report(path, read.error, 'patterns are short and their repeats have an end');
  else if (!triggerOf(source))
    report(
      path,
      'nothing tells where a match begins',
      'begin with three fixed characters, with a digit, or with a capital and another or a digit',
    );
}
