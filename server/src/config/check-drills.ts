import type { Config } from './config.ts';
import type { Report } from './problem.ts';

/** What only shows when drills are looked at beside everything else. */
export function checkDrills({ drills, agents }: Config, report: Report): void {
  if (!drills) return;
  const seen = new Set<string>();
  for (const [i, { id }] of drills.templates.entries()) {
    if (seen.has(id))
      report({
        code: 'duplicate-id',
        path: ['drills', 'templates', i, 'id'],
        message: `\`${id}\` is already the id of a template`,
        hint: 'give every template an id of its own',
      });
    seen.add(id);
  }
  if (agents.some(({ id }) => id === drills.agent)) return;
  report({
    code: 'unknown-agent',
    isWarning: true,
    path: ['drills', 'agent'],
    message: `\`${drills.agent}\` is not an agent of this configuration`,
    hint: 'nothing to do if it is registered; else no drill can be asked',
  });
}
