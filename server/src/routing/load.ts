import { err, ok, type Result } from '@countersign/core';
import type { Config } from '../config/config.ts';
import { freezeDeep } from '../config/freeze.ts';
import { readText } from '../config/load.ts';
import { nearest } from '../config/nearest.ts';
import type { ConfigProblem, Finding, Path, Report } from '../config/problem.ts';
import type { Reading } from '../config/shape.ts';
import { readSource } from '../config/source.ts';
import { NO_ROUTING, ROUTING, type Routing, type Target } from './routing.ts';

type Known = Pick<Config, 'channels'>;

/** Reads `routing.yaml`: all of it, or every problem at once. Where there is no such file nothing is routed. */
export async function loadRouting(
  path: string,
  known: Known,
): Promise<Result<Routing, readonly ConfigProblem[]>> {
  const file = await readText(path);
  if (!file.ok) return file.error.code === 'unreadable' ? absent(file.error) : err([file.error]);
  const source = readSource(path, file.value);
  if (source.data === undefined) return err(source.problems);
  const problems: ConfigProblem[] = [];
  const report = (finding: Finding): undefined => void problems.push(source.place(finding));
  const reading: Reading = {
    report,
    baseDir: '',
    secret: () => undefined,
    reveal: () => undefined,
  };
  const routing = ROUTING.read(source.data ?? {}, [], reading);
  if (routing) checkRouting(routing, known, report);
  return routing && problems.length === 0 ? ok(freezeDeep(routing)) : err(problems);
}

const absent = (problem: ConfigProblem): Result<Routing, readonly ConfigProblem[]> =>
  problem.message === 'there is no such file' ? ok(NO_ROUTING) : err([problem]);

const KINDS_WITH_PEOPLE = new Set(['slack', 'teams', 'email']);

function checkRouting(routing: Routing, { channels }: Known, report: Report): void {
  const kinds = new Map(
    Object.entries(channels).flatMap(([kind, list]) => list.map(({ id }) => [id, kind] as const)),
  );
  const named = (name: string | undefined, list: object, path: Path, noun: string): void => {
    if (name === undefined || Object.hasOwn(list, name)) return;
    const meant = nearest(name, Object.keys(list));
    report({
      code: 'unknown-name',
      path,
      message: `\`${name}\` is not listed under \`${noun}\``,
      hint: meant === undefined ? `add it under \`${noun}\`` : `did you mean \`${meant}\`?`,
    });
  };
  const check = (target: Target, at: Path): void => {
    checkTarget(target, kinds, at, report);
    named(target.rotation, routing.rotations, [...at, 'rotation'], 'rotations');
  };
  for (const [i, { during, outside, to }] of routing.routes.entries()) {
    named(during, routing.calendars, ['routes', i, 'during'], 'calendars');
    named(outside, routing.calendars, ['routes', i, 'outside'], 'calendars');
    for (const [j, target] of to.entries()) check(target, ['routes', i, 'to', j]);
  }
  for (const [j, target] of routing.alerts.entries()) check(target, ['alerts', j]);
  for (const [name, { people }] of Object.entries(routing.rotations))
    if (people.length === 0)
      report({
        code: 'bad-value',
        path: ['rotations', name, 'people'],
        message: 'nobody is in this rotation',
        hint: 'name at least one person',
      });
}

function checkTarget(
  { channel, place, direct, rotation, people }: Target,
  kinds: ReadonlyMap<string, string>,
  at: Path,
  report: Report,
): void {
  const kind = kinds.get(channel);
  if (kind === undefined) {
    const meant = nearest(channel, [...kinds.keys()]);
    return report({
      code: 'unknown-channel',
      path: [...at, 'channel'],
      message: `\`${channel}\` is not listed under \`channels\``,
      hint: meant === undefined ? 'add it in countersign.yaml' : `did you mean \`${meant}\`?`,
    });
  }
  const isToPeople = direct !== undefined || rotation !== undefined || people.length > 0;
  if (isToPeople && !KINDS_WITH_PEOPLE.has(kind))
    report({
      code: 'bad-value',
      path: at,
      message: `\`${channel}\` does not reach people one by one`,
      hint: 'leave `direct`, `rotation` and `people` away',
    });
  const hasPlace = place !== undefined || isToPeople || !KINDS_WITH_PEOPLE.has(kind);
  if (!hasPlace)
    report({
      code: 'bad-value',
      path: at,
      message: 'names no place and nobody',
      hint: 'add `place`, `direct: asked`, `rotation` or `people`',
    });
}
