import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isMembers } from '../event.ts';
import { addItem, removeItems, setMissing } from './edit-text.ts';
import { Malformed, memberOf, readJsonText, valueOf } from './json-text.ts';
import { isOurs, type Plan } from './plan.ts';

/** What became of a file. */
export type Done = {
  readonly file: string;
  readonly did: 'installed' | 'updated' | 'nothing' | 'restored' | 'removed';
};

/** A file cannot be changed as it is: where, and what is wrong. */
export class NotChanged extends Error {}

/** What was there before, and what we wrote, by file. */
type Kept = { readonly wrote: string; readonly had: string | null };

/** The text of a configuration with the plan in it. Idempotent; throws `Malformed`. */
export function withPlan(text: string, { root, hooks }: Pick<Plan, 'root' | 'hooks'>): string {
  if (holds(text, { root, hooks })) return text;
  let next = removeItems(text, isOurs);
  for (const [key, value] of Object.entries(root)) next = setMissing(next, key, value);
  for (const [event, item] of Object.entries(hooks)) next = addItem(next, ['hooks', event], item);
  return next;
}

/** Whether exactly what is planned stands there, once. */
function holds(text: string, { hooks }: Pick<Plan, 'root' | 'hooks'>): boolean {
  if (text.trim() === '') return false;
  const there = memberOf(readJsonText(text), 'hooks');
  if (there?.is !== 'object') return false;
  const ours = there.members.flatMap(({ key, value }) =>
    value.is === 'array'
      ? value.items
          .map(valueOf)
          .filter(isOurs)
          .map((item) => [key, JSON.stringify(item)].join())
      : [],
  );
  const wanted = Object.entries(hooks).map(([key, item]) => [key, JSON.stringify(item)].join());
  return ours.toSorted().join('\n') === wanted.toSorted().join('\n');
}

/** Puts the plan into the host's file, keeping what is there; what was there is kept in `folder`, too. */
export function install(plan: Plan, folder: string): Done {
  const { file } = plan;
  const had = textOf(file);
  const next = changed(file, () => withPlan(had ?? '', plan));
  if (next === had) return { file, did: 'nothing' };
  const before = recordOf(folder, file);
  // an earlier version of ours: what was there before it is what counts
  const original = before && before.wrote === hash(had ?? '') ? before.had : had;
  keep(folder, file, { wrote: hash(next), had: original });
  write(file, next);
  return { file, did: had === null ? 'installed' : before ? 'updated' : 'installed' };
}

/** Takes ours out again: byte for byte what was there, unless somebody changed the file since. */
export function uninstall(file: string, folder: string): Done {
  const text = textOf(file);
  const before = recordOf(folder, file);
  if (text === null) return { file, did: 'nothing' };
  if (before && before.wrote === hash(text)) {
    if (before.had === null) rmSync(file);
    else write(file, before.had);
    rmSync(recordFile(folder, file), { force: true });
    return { file, did: 'restored' };
  }
  const next = changed(file, () => removeItems(text, isOurs));
  if (next === text) return { file, did: 'nothing' };
  write(file, next);
  rmSync(recordFile(folder, file), { force: true });
  return { file, did: 'removed' };
}

/** Says which file, when its text cannot be changed. */
function changed(file: string, change: () => string): string {
  try {
    return change();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new NotChanged(`\`${file}\` cannot be changed: ${error.message}`);
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new NotChanged(`\`${file}\` cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Beside it first, then in its place: never half a file. */
function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const mode = existsSync(file) ? statSync(file).mode & 0o777 : 0o600;
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, text, { mode });
  renameSync(beside, file);
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const recordFile = (folder: string, file: string): string =>
  join(folder, 'installed', `${hash(file)}.json`);

function recordOf(folder: string, file: string): Kept | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(recordFile(folder, file), 'utf8'));
    if (!isMembers(read) || typeof read['wrote'] !== 'string') return undefined;
    const { wrote, had = null } = read;
    return had === null || typeof had === 'string' ? { wrote, had } : undefined;
  } catch {
    return undefined;
  }
}

function keep(folder: string, file: string, record: Kept): void {
  mkdirSync(join(folder, 'installed'), { recursive: true, mode: 0o700 });
  writeFileSync(recordFile(folder, file), JSON.stringify({ file, ...record }), { mode: 0o600 });
}
