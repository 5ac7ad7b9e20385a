import { canonical } from '@countersign/core';
import { isSpiffeId, kindOfIssuer, weaknessOf } from '@countersign/identity';
import type { Config } from './config.ts';
import { nearest } from './nearest.ts';
import type { Path, Report } from './problem.ts';

/** What agents prove themselves with, looked at as a whole. */
export function checkAgents(config: Config, report: Report): void {
  checkIssuers(config, report);
  checkBindings(config, report);
  checkSpiffe(config, report);
}

/** Each issuer once, with one place its keys come from. */
function checkIssuers({ workloadIssuers }: Config, report: Report): void {
  const ids = new Set<string>();
  const issuers = new Set<string>();
  for (const [i, { id, issuer, jwksUri, jwks, algorithms }] of workloadIssuers.entries()) {
    const at: Path = ['workload_issuers', i];
    for (const [seen, key, value] of [
      [ids, 'id', id],
      [issuers, 'issuer', issuer],
    ] as const) {
      if (seen.has(value))
        report({
          code: 'duplicate-issuer',
          path: [...at, key],
          message: `\`${value}\` is already listed`,
          hint: 'list each issuer once; agents may share it',
        });
      seen.add(value);
    }
    if ((jwksUri === undefined) === (jwks === undefined))
      report({
        code: 'issuer-keys',
        path: at,
        message: 'must have either `jwks_uri` or `jwks`',
        hint: 'name the one place its public keys come from',
      });
    if (algorithms.length === 0)
      report({
        code: 'bad-value',
        path: [...at, 'algorithms'],
        message: 'allows no algorithm',
        hint: 'name those the issuer signs with, such as RS256',
      });
  }
}

/** ATTACKER: a binding that is too wide makes whoever fits it the agent. */
function checkBindings({ agents, workloadIssuers }: Config, report: Report): void {
  const seen = new Map<string, string>();
  for (const [i, { id, workloads }] of agents.entries())
    for (const [j, binding] of workloads.entries()) {
      const path = ['agents', i, 'workloads', j];
      const known = workloadIssuers.map((one) => one.id);
      const issuer = workloadIssuers.find((one) => one.id === binding.issuer);
      if (!issuer) {
        const meant = nearest(binding.issuer, known);
        report({
          code: 'unknown-issuer',
          path: [...path, 'issuer'],
          message: `\`${binding.issuer}\` is not listed under \`workload_issuers\``,
          hint:
            meant === undefined ? 'add it under `workload_issuers`' : `did you mean \`${meant}\`?`,
        });
        continue;
      }
      const weakness = weaknessOf(binding, kindOfIssuer(issuer.issuer) ?? issuer.kind);
      if (weakness) report({ code: 'weak-binding', path: [...path, 'claims'], ...weakness });
      const key = canonical(binding);
      const first = seen.get(key) ?? id;
      seen.set(key, first);
      if (first !== id)
        report({
          code: 'ambiguous-workload',
          path,
          message: `is also what makes a workload \`${first}\``,
          hint: 'bind a claim that tells the two apart: a token that fits both is refused',
        });
    }
}

function checkSpiffe({ agents, agentsTls }: Config, report: Report): void {
  const seen = new Map<string, string>();
  for (const [i, { id, spiffe }] of agents.entries()) {
    if (spiffe === undefined) continue;
    const path = ['agents', i, 'spiffe'];
    const first = seen.get(spiffe);
    seen.set(spiffe, first ?? id);
    if (first !== undefined)
      report({
        code: 'duplicate-id',
        path,
        message: `is already the SPIFFE id of \`${first}\``,
        hint: 'give each agent a SPIFFE id of its own',
      });
    if (!agentsTls)
      report({
        code: 'unused-spiffe',
        isWarning: true,
        path,
        message: 'nobody can show a certificate: there is no `agents_tls`',
        hint: 'add `agents_tls`, or leave `spiffe` away',
      });
    else if (!isSpiffeId(spiffe, agentsTls.trustDomain))
      report({
        code: 'bad-value',
        path,
        message: `is not in the trust domain \`${agentsTls.trustDomain}\``,
        hint: 'name an id of the trust domain of `agents_tls`',
      });
  }
}
