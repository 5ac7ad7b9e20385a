import { MCP_SERVER } from '@countersign/gate-mcp';
import { isLoopbackHost } from '../loopback.ts';
import type { Config } from './config.ts';
import type { McpServerEntry } from './mcp.ts';
import { nearest } from './nearest.ts';
import type { Path, Report } from './problem.ts';

/** What only shows when MCP servers are looked at beside everything else. */
export function checkMcp({ mcp, resources, workloadIssuers }: Config, report: Report): void {
  const names = new Set<string>();
  for (const [i, entry] of mcp.servers.entries()) {
    const at: Path = ['mcp', 'servers', i];
    if (names.has(entry.name))
      report({
        code: 'duplicate-id',
        path: [...at, 'name'],
        message: `\`${entry.name}\` is already the name of a server`,
        hint: 'give every server a name of its own: policy and addresses go by it',
      });
    names.add(entry.name);
    checkReached(entry, at, report);
    checkParts(entry, at, report);
  }
  for (const [i, { type, id }] of resources.entries())
    if (type === MCP_SERVER && names.has(id))
      report({
        code: 'duplicate-id',
        path: ['resources', i, 'id'],
        message: `${MCP_SERVER} \`${id}\` is already listed under \`mcp.servers\``,
        hint: 'put what is said of it into `attrs` there',
      });
  const issuers = workloadIssuers.map(({ id }) => id);
  for (const [i, id] of mcp.authorizationServers.entries()) {
    if (issuers.includes(id)) continue;
    const meant = nearest(id, issuers);
    report({
      code: 'unknown-issuer',
      path: ['mcp', 'authorization_servers', i],
      message: `\`${id}\` is not listed under \`workload_issuers\``,
      hint: meant === undefined ? 'add it there' : `did you mean \`${meant}\`?`,
    });
  }
}

/** One way to reach it, and not two. */
function checkReached({ url, command }: McpServerEntry, path: Path, report: Report): void {
  if ((url === undefined) !== (command === undefined) && command?.length !== 0) return;
  report({
    code: url === undefined ? 'missing-key' : 'bad-value',
    path,
    message: url === undefined ? 'has neither `url` nor `command`' : 'has `url` and `command`',
    hint: 'write the `url` of a server, or the `command` that starts one',
  });
}

/** Nothing is written in vain, and no credential crosses a network in the clear. */
function checkParts(entry: McpServerEntry, path: Path, report: Report): void {
  const { url, token, headers, ca, env, variables, cwd } = entry;
  const mine = url === undefined ? { token, headers, ca } : { env, variables, cwd };
  for (const [key, given] of Object.entries(mine))
    if (has(given))
      report({
        code: 'bad-value',
        path: [...path, key],
        message: `says nothing of a server that is reached by \`${url === undefined ? 'command' : 'url'}\``,
        hint: 'leave it out',
      });
  if (url === undefined) return;
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (token && names.includes('authorization'))
    report({
      code: 'bad-value',
      path: [...path, 'token'],
      message: 'would be sent beside the `Authorization` of `headers`',
      hint: 'leave one of them out',
    });
  const { protocol, hostname } = new URL(url);
  const isSecret = token !== undefined || names.length > 0;
  if (isSecret && protocol !== 'https:' && !isLoopbackHost(hostname))
    report({
      code: 'bad-value',
      path: [...path, 'url'],
      message: 'would be sent credentials in the clear',
      hint: 'write https:// (http:// only for loopback), or leave the credentials out',
    });
}

const has = (given: object | string | undefined): boolean =>
  typeof given === 'object' ? Object.keys(given).length > 0 : given !== undefined;
