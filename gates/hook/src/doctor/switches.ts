import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMembers, type Members } from '../event.ts';
import type { Host } from '../host.ts';
import { readJsonText, valueOf } from '../install/json-text.ts';
import type { Place } from '../install/plan.ts';

/** ATTACKER: files of a project, beside the one that may hold ours, whose `disableAllHooks` switches off the user's hooks too. Seen of both hosts. */
const ELSEWHERE: Partial<Readonly<Record<Host, readonly string[]>>> = {
  'claude-code': ['.claude/settings.json'],
  copilot: [
    '.github/copilot/settings.json',
    '.github/copilot/settings.local.json',
    '.claude/settings.json',
    '.claude/settings.local.json',
  ],
};

/** Files of the project that switch a host's hooks off, wherever ours stand. */
export const switchedOffIn = (host: Host, { cwd }: Pick<Place, 'cwd'>): readonly string[] =>
  (ELSEWHERE[host] ?? [])
    .map((path) => join(cwd, path))
    .flatMap((file) => switchesIn(file, membersOf(file)));

/** What in a host's file changes what hooks run. */
export const warningsIn = (file: string, { env }: Members): readonly string[] =>
  Object.keys(isMembers(env) ? env : {})
    .filter((name) => /^(?:NODE_|LD_|DYLD_)/.test(name))
    .map((name) => `${file} sets ${name}, which can change what the hook runs`);

/** What in a host's file keeps hooks from running. */
export function switchesIn(file: string, root: Members): readonly string[] {
  const { hooksConfig } = root;
  const gemini = isMembers(hooksConfig) ? hooksConfig : {};
  const named = Array.isArray(gemini['disabled']) ? gemini['disabled'] : [];
  return [
    ...(root['disableAllHooks'] === true ? [`${file} sets disableAllHooks: no hook runs`] : []),
    ...(gemini['enabled'] === false ? [`${file} sets hooksConfig.enabled: no hook runs`] : []),
    ...(named.some((name) => /countersign/.test(String(name)))
      ? [`${file} names this hook in hooksConfig.disabled: it does not run`]
      : []),
  ];
}

/** Members of a file; none where it is missing or no object. */
export function membersOf(file: string): Members {
  try {
    const root = valueOf(readJsonText(readFileSync(file, 'utf8')));
    return isMembers(root) ? root : {};
  } catch {
    return {};
  }
}
