import { readFileSync } from 'node:fs';
import type { PolicySet } from '@countersign/policy';
import { seenFrom, type Fault } from './fault.ts';
import type { Io } from './io.ts';

/** What of an action type policy has to know. */
export type TypeName = {
  readonly name: string;
  readonly judgedAs: string;
  readonly resource: string;
};

/** Action types that policy could only ever deny: the schema has no such action, or not on such a resource. */
export function faultsOfTypes(
  io: Io,
  file: string,
  types: readonly TypeName[],
  { index }: PolicySet,
): readonly Fault[] {
  const keys = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':')[0]?.replaceAll(/^["']|["']?\s*$/g, ''));
  return types.flatMap(({ name, judgedAs, resource }) => {
    const action = index.actions[`Countersign::Action::${JSON.stringify(judgedAs)}`];
    if (action?.resources.includes(`Countersign::${resource}`)) return [];
    const wrong = action
      ? {
          code: 'resource-unknown',
          message: `in the schema \`${judgedAs}\` does not apply to \`${resource}\``,
          hint: `let it apply to \`${resource}\` in schema.cedarschema, or correct \`resource\``,
        }
      : {
          code: 'action-unknown',
          message: `the schema has no action \`${judgedAs}\``,
          hint: 'declare it in schema.cedarschema, or name one that is there with `judged_as`',
        };
    const line = Math.max(keys.indexOf(name), 0) + 1;
    return [{ severity: 'error', file: seenFrom(io, file), line, column: 1, ...wrong }];
  });
}
