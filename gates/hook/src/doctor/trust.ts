import { join } from 'node:path';
import { isMembers, textIn, type Members } from '../event.ts';
import type { Host } from '../host.ts';
import { folderOf, type Place, type Scope } from '../install/plan.ts';
import { membersOf } from './switches.ts';

/** Where a host runs no hook because it does not trust the folder: `bad` when that is so here, `note` when it will ask. */
export type Distrust = { readonly state: 'bad' | 'note'; readonly text: string };

/** Whether the host would skip hooks in this folder, silently as far as the agent is concerned. */
export function distrustOf(
  host: Host,
  scopes: readonly Scope[],
  place: Place,
): Distrust | undefined {
  if (host === 'gemini') return ofGemini(place);
  return host === 'copilot' && scopes.includes('project') ? ofCopilot(place) : undefined;
}

function ofGemini(place: Place): Distrust | undefined {
  const folder = folderOf('gemini', place);
  const { security } = membersOf(join(folder, 'settings.json'));
  const { folderTrust } = isMembers(security) ? security : {};
  if (isMembers(folderTrust) && folderTrust['enabled'] === false) return undefined;
  const trusted = isTrusted(membersOf(join(folder, 'trustedFolders.json')), place.cwd);
  if (trusted === true) return undefined;
  return trusted === false
    ? { state: 'bad', text: `SKIPS every hook in ${place.cwd}: that folder is not trusted` }
    : {
        state: 'note',
        text: `runs no hook in a folder it does not trust, and will ask whether to trust ${place.cwd}`,
      };
}

function ofCopilot(place: Place): Distrust | undefined {
  const { trustedFolders: list } = membersOf(join(folderOf('copilot', place), 'config.json'));
  const folders = Array.isArray(list) ? list.map(String) : [];
  if (folders.some((folder) => `${place.cwd}/`.startsWith(`${folder}/`))) return undefined;
  return {
    state: 'bad',
    text: `SKIPS the hooks of ${place.cwd} until that folder is trusted, silently in \`copilot -p\`; a hook of the user runs in any folder`,
  };
}

/** Whether Gemini CLI trusts a folder: the rule with the longest path says; undefined where none does. */
function isTrusted(rules: Members, folder: string): boolean | undefined {
  const [rule] = Object.keys(rules)
    .filter((path) => {
      const root = textIn(rules, path) === 'TRUST_PARENT' ? join(path, '..') : path;
      return `${folder}/`.startsWith(root.endsWith('/') ? root : `${root}/`);
    })
    .toSorted((one, other) => other.length - one.length);
  return rule === undefined ? undefined : textIn(rules, rule) !== 'DO_NOT_TRUST';
}
