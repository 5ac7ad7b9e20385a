import { posix, win32 } from 'node:path';

/** Whether a path is absolute on the machine it is of. */
export const isAbsolute = (path: string): boolean =>
  (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) && !path.includes('\0');

/** An absolute path without `.` and `..`; nothing is looked up, so links are not followed. */
export const settle = (path: string, cwd: string): string =>
  cwd.startsWith('/')
    ? posix.resolve(cwd, path.replace(/^file:\/\//, ''))
    : win32.resolve(cwd, path);

const slashed = (path: string): string => path.replaceAll('\\', '/');

/**
 * Files this gate hangs on: the hooks of the hosts, and our own folder; also their folders, which may be moved away.
 * ATTACKER: an agent that may write here takes itself off the hook.
 */
const HOLDS =
  /(?:^|\/)(?:\.claude(?:\/(?:settings[^/]*\.json|hooks(?:\/.*)?|plugins(?:\/.*)?))?|\.claude\.json|\.codex(?:\/(?:hooks\.json|config\.toml))?|\.gemini(?:\/(?:settings\.json|trustedFolders\.json|\.env|hooks(?:\/.*)?|extensions(?:\/.*)?))?|\.cursor(?:\/hooks(?:\.json|\/.*)?)?|\.copilot(?:\/(?:hooks(?:\/.*)?|(?:config|settings)\.json))?|\.github\/(?:hooks|copilot)(?:\/.*)?|\.config\/countersign(?:\/.*)?|claude-code\/managed-settings.*|github-copilot\/policy\.d(?:\/.*)?|gemini-?cli\/(?:settings|system-defaults)\.json|countersign-hook[^/]*)$/i;

/** Whether a file or folder is one this gate hangs on. */
export const isOurHold = (path: string): boolean => HOLDS.test(slashed(path));

const NAMES =
  /(?:^|[^\w-])(?:\.claude|\.codex|\.gemini|\.cursor|\.copilot)(?:[\\/](?:settings|hooks|config|plugins|trusted|extensions|\.env)|["'\s;&|)]|$)|\.github[\\/](?:hooks|copilot[\\/])|disableAllHooks|hooksConfig|\.config[\\/]countersign|countersign-hook|countersign(?:\.js)?["']?\s+hook\s/i;

/** Whether the text of a command names such files, or takes hooks away by name. */
export const namesOurHold = (command: string): boolean => NAMES.test(command);
