import { TypedFact } from '@countersign/core';
import { isLoopbackHost } from '../loopback.ts';
import { checkScim } from './check-scim.ts';
import { checkSignIn } from './check-sign-in.ts';
import { checkAgents } from './check-agents.ts';
import { checkChannels } from './check-channels.ts';
import { checkDrills } from './check-drills.ts';
import { checkMcp } from './check-mcp.ts';
import { checkPostgres } from './check-postgres.ts';
import type { Config } from './config.ts';
import { nearest } from './nearest.ts';
import type { Path, Report } from './problem.ts';

/** What only shows when the whole configuration is looked at. */
export function checkConfig(config: Config, report: Report): void {
  checkReach(config, report);
  checkIds(config, report);
  checkTokens(config, report);
  checkNames(config, report);
  checkLinks(config, report);
  checkGroups(config, report);
  checkSignIn(config, report);
  checkScim(config, report);
  checkAgents(config, report);
  checkChannels(config, report);
  checkDrills(config, report);
  checkMcp(config, report);
  checkPostgres(config, report);
}

/** Tokens do not cross a network in the clear: beyond this machine, TLS must end in front of the gateway. */
function checkReach({ listen: { host }, publicUrl }: Config, report: Report): void {
  if (isLoopbackHost(host)) return;
  const front = publicUrl === undefined ? undefined : new URL(publicUrl);
  const isBehindTls = front?.protocol === 'https:' && !isLoopbackHost(front.hostname);
  report(
    isBehindTls
      ? {
          code: 'reachable',
          isWarning: true,
          path: ['listen'],
          message: `others can reach \`${host}\`, and what they send there is not encrypted`,
          hint: `let nothing but the proxy that ends TLS for ${front.host} reach it`,
        }
      : {
          code: 'not-loopback',
          path: ['listen'],
          message: `\`${host}\` is not a loopback address, and \`public_url\` names no https:// origin in front of it`,
          hint: 'listen on 127.0.0.1, [::1] or localhost; or set `public_url` to the https:// origin of the proxy that ends TLS',
        },
  );
}

type Holder = {
  readonly kind: string;
  readonly id: string;
  readonly tokenDigest?: string;
  readonly path: Path;
};

const holders = ({ agents, executors, people }: Config): readonly Holder[] =>
  Object.entries({ agents, executors, people }).flatMap(([kind, list]) =>
    list.map(({ id, tokenDigest }, i) => ({
      kind,
      id,
      ...(tokenDigest === undefined ? {} : { tokenDigest }),
      path: [kind, i],
    })),
  );

const NOUNS: Readonly<Record<string, string>> = {
  agents: 'an agent',
  executors: 'an executor',
  people: 'a person',
};

/** R5 goes by id: no agent may be called like a person, nor differ from one only in case. */
function checkIds(config: Config, report: Report): void {
  const seen = new Map<string, Holder>();
  for (const holder of holders(config)) {
    const key = holder.id.toLowerCase();
    const first = seen.get(key);
    seen.set(key, first ?? holder);
    if (first)
      report({
        code: 'duplicate-id',
        path: [...holder.path, 'id'],
        message: `\`${holder.id}\` is already the id of ${NOUNS[first.kind]}`,
        hint: 'give every agent, executor and person an id of its own, different in more than case',
      });
  }
  const resources = new Set<string>();
  for (const [i, { type, id }] of config.resources.entries()) {
    const key = JSON.stringify([type, id]);
    if (resources.has(key))
      report({
        code: 'duplicate-id',
        path: ['resources', i, 'id'],
        message: `${type} \`${id}\` is already listed`,
        hint: 'merge the two entries',
      });
    resources.add(key);
  }
}

function checkTokens(config: Config, report: Report): void {
  const seen = new Map<string, Holder>();
  for (const holder of holders(config)) {
    if (holder.tokenDigest === undefined) continue; // they sign in
    const first = seen.get(holder.tokenDigest);
    seen.set(holder.tokenDigest, first ?? holder);
    if (first)
      report({
        code: 'duplicate-token',
        path: [...holder.path, 'token'],
        message: `has the same token as \`${first.id}\``,
        hint: 'make a token for each: who holds it is who they are',
      });
  }
}

function checkNames(config: Config, report: Report): void {
  const people = config.people.map(({ id }) => id);
  const agents = config.agents.map(({ id }) => id);
  const executors = config.executors.map(({ id }) => id);
  const isPerson = (id: string | undefined, path: Path): void => {
    if (id !== undefined && !people.includes(id))
      reportUnknown(report, 'unknown-person', id, path, people);
  };
  for (const [i, agent] of config.agents.entries()) {
    const at = ['agents', i];
    isPerson(agent.owner, [...at, 'owner']);
    for (const [j, id] of agent.actsFor.entries()) isPerson(id, [...at, 'acts_for', j]);
    for (const [j, id] of agent.delegators.entries()) isPerson(id, [...at, 'delegators', j]);
    if (config.people.some(({ id, active }) => id === agent.owner && !active))
      report({
        code: 'inactive-owner',
        isWarning: true,
        path: [...at, 'owner'],
        message: `\`${agent.owner}\` is not active`,
        hint: 'name an owner who can answer for the agent',
      });
  }
  for (const [i, { sameAs }] of config.people.entries()) isPerson(sameAs, ['people', i, 'same_as']);
  for (const [i, { person }] of config.resources.entries())
    isPerson(person, ['resources', i, 'person']);
  for (const [i, id] of config.killSwitch.agents.entries())
    if (!agents.includes(id))
      reportUnknown(report, 'unknown-agent', id, ['kill_switch', 'agents', i], agents);
  for (const [i, { executor: id }] of config.resources.entries())
    if (id !== undefined && !executors.includes(id))
      reportUnknown(report, 'unknown-executor', id, ['resources', i, 'executor'], executors);
}

const LISTS = {
  'unknown-person': 'people',
  'unknown-agent': 'agents',
  'unknown-executor': 'executors',
} as const;

function reportUnknown(
  report: Report,
  code: keyof typeof LISTS,
  id: string,
  path: Path,
  known: readonly string[],
): void {
  const meant = nearest(id, known);
  const list = LISTS[code];
  report({
    code,
    path,
    message: `\`${id}\` is not listed under \`${list}\``,
    hint: meant === undefined ? `add it under \`${list}\`` : `did you mean \`${meant}\`?`,
  });
}

/** Links must lead somewhere: an account in a circle would have no human behind it. */
function checkLinks({ people }: Config, report: Report): void {
  const next = new Map(people.map(({ id, sameAs }) => [id, sameAs]));
  for (const [i, { id }] of people.entries()) {
    let at = next.get(id);
    for (let steps = 0; at !== undefined && at !== id && steps < people.length; steps++)
      at = next.get(at);
    if (at === id)
      report({
        code: 'linked-in-a-circle',
        path: ['people', i, 'same_as'],
        message: `\`${id}\` is linked to itself`,
        hint: 'leave `same_as` away from the main account of each human',
      });
  }
}

/** A group without people is no error, but a rule that names it asks nobody or excludes nobody. */
function checkGroups(config: Config, report: Report): void {
  const groups = new Set([...config.groups, ...config.people.flatMap(({ groups: some }) => some)]);
  const isPeopled = (group: string | undefined, path: Path): void => {
    if (group === undefined || groups.has(group)) return;
    const meant = nearest(group, [...groups]);
    report({
      code: 'empty-group',
      isWarning: true,
      path,
      message: `nobody is in group \`${group}\``,
      hint:
        meant === undefined ? 'add it to the groups of its people' : `did you mean \`${meant}\`?`,
    });
  };
  for (const [i, { ownerTeam }] of config.agents.entries())
    isPeopled(ownerTeam, ['agents', i, 'owner_team']);
  for (const [i, { attrs, parents }] of config.resources.entries()) {
    for (const [name, fact] of Object.entries(attrs))
      if (fact instanceof TypedFact && fact.type === 'Team')
        isPeopled(fact.value, ['resources', i, 'attrs', name]);
    for (const [j, { entity, id }] of parents.entries())
      if (entity === 'Team') isPeopled(id, ['resources', i, 'parents', j]);
  }
}
