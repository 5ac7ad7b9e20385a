import { LEGACY, MODERN } from '../front/era.ts';
import type { Opening, ServerSaid } from '../link.ts';
import type { Era, Members } from '../message.ts';
import { isMembers } from '../read-message.ts';
import type { Lanes } from './lanes.ts';

const MOST_INSTRUCTIONS = 16_384;
/** Capabilities that mean the same for several servers together. */
const SHARED = ['tools', 'prompts', 'resources', 'logging', 'completions'];

/** What several servers say of themselves together. */
export function saidByAll(lanes: Lanes, era: Era, { initialize }: Opening): ServerSaid {
  const all = [...lanes].map(([name, { link }]) => ({ name, said: link.server }));
  const instructions = all
    .flatMap(({ name, said }) => (said.instructions ? [`${name}: ${said.instructions}`] : []))
    .join('\n\n')
    .slice(0, MOST_INSTRUCTIONS);
  const capabilities = Object.fromEntries(
    SHARED.flatMap((name) => {
      const some = all.map(({ said }) => said.capabilities[name]).filter(isMembers);
      return some.length === 0 ? [] : [[name, merged(some)]];
    }),
  );
  const serverInfo = { name: 'countersign', version: '0.1.0' };
  const asked = initialize?.['protocolVersion'];
  const legacy = LEGACY.find((version) => version === asked) ?? LEGACY[0] ?? '';
  const protocolVersion = era === 'modern' ? (MODERN[0] ?? '') : legacy;
  const said = { capabilities, ...(instructions !== '' && { instructions }) };
  return {
    ...said,
    protocolVersion,
    serverInfo,
    result: era === 'modern' ? said : { protocolVersion, serverInfo, ...said },
  };
}

/** What one of them can, they can together. */
const merged = (some: readonly Members[]): Members => Object.assign({}, ...some) as Members;
