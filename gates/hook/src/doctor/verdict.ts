import { isMembers, type Members } from '../event.ts';
import type { Configured } from './configured.ts';

/** How a hook's process ended. */
export type Ended = {
  readonly how: 'exited' | 'late' | 'unstarted';
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

const NOT_BEFORE = [2, 1, 295] as const;

/** Whether Claude Code is old enough to go on after a failing hook, whatever `onFailure` says. Unknown: taken as new. */
function isBeforeOnFailure(version: string | undefined): boolean {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(version ?? '');
  if (!found) return false;
  for (const [i, least] of NOT_BEFORE.entries()) {
    const part = Number(found[i + 1]);
    if (part !== least) return part < least;
  }
  return false;
}

/** What the host makes of it: blocked, or the call goes on. */
export function isBlocked(
  { host, failsClosed }: Pick<Configured, 'host' | 'failsClosed'>,
  ended: Ended,
  version?: string,
): boolean {
  const { how, code, stdout, stderr } = ended;
  if (host === 'gemini') return isBlockedByGemini(ended);
  if (how === 'exited' && code === 2) return host !== 'codex' || stderr.trim() !== '';
  if (how === 'exited' && code === 0)
    return isDenied(stdout) || (host === 'cursor' && failsClosed && !isJson(stdout));
  switch (host) {
    case 'claude-code':
      return failsClosed && !isBeforeOnFailure(version);
    case 'cursor':
      return failsClosed;
    case 'copilot':
      return how !== 'late'; // the one thing it never closes
    case 'codex':
      return false;
  }
}

/** What it says counts, on stderr where stdout is empty; of the exit code only what to make of plain words. */
function isBlockedByGemini({ how, code, stdout, stderr }: Ended): boolean {
  const said = stdout.trim() || stderr.trim();
  if (how !== 'exited' || said === '') return false;
  return isJson(said) ? isDenied(said) : code > 1; // 0 and 1 are an allow there; -1 is a signal
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isDenied(stdout: string): boolean {
  try {
    const said: unknown = JSON.parse(stdout);
    if (!isMembers(said)) return false;
    const specific = said['hookSpecificOutput'];
    return [said, isMembers(specific) ? specific : {}].some((one: Members) =>
      ['permissionDecision', 'decision', 'permission'].some((name) => one[name] === 'deny'),
    );
  } catch {
    return false;
  }
}
