import type { Altering } from '@countersign/api';
import { Usage, type Call } from './command.ts';

type Binding = NonNullable<Altering['workloads']>[number];

/** What the options say of an agent; what is not said is not there. */
export function profileOf(call: Call): Altering {
  const owner = call.text('owner');
  const team = call.text('owner-team');
  const spiffe = call.text('spiffe');
  const trust = call.text('trust');
  const lists = {
    teams: call.list('team'),
    actsFor: call.list('acts-for'),
    delegators: call.list('delegator'),
    workloads: call.list('workload').map(bindingOf),
  };
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(team === undefined ? {} : { ownerTeam: team === '' ? null : team }),
    ...(spiffe === undefined ? {} : { spiffe: spiffe === '' ? null : spiffe }),
    ...(trust === undefined ? {} : { trust: numberOf('trust', trust) }),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
  };
}

/** A whole number of an option. */
export function numberOf(option: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new Usage(`\`--${option}\` is a whole number`);
}

const single = (values: readonly string[]): string | readonly string[] =>
  values.length === 1 ? (values[0] ?? '') : values;

/** `github:repository_id=74201,environment=prod`; a claim that is named twice may have either value. */
function bindingOf(text: string): Binding {
  const colon = text.indexOf(':');
  const pairs = text.slice(colon + 1).split(',');
  const claims = new Map<string, string[]>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (colon < 1 || equals < 1)
      throw new Usage(`\`--workload\` is ISSUER:CLAIM=VALUE,CLAIM=VALUE, not \`${text}\``);
    const name = pair.slice(0, equals);
    claims.set(name, [...(claims.get(name) ?? []), pair.slice(equals + 1)]);
  }
  return {
    issuer: text.slice(0, colon),
    claims: Object.fromEntries([...claims].map(([name, values]) => [name, single(values)])),
  };
}
