import type { DataClasses, Fact } from '@countersign/core';
import {
  attribute,
  dataClasses,
  duration,
  endpoint,
  file,
  folder,
  id,
  integer,
  oneOf,
  secretText,
  text,
  type Secret,
} from './forms.ts';
import { listOf, mapOf, optional, record, required, type Shape } from './shape.ts';

/** MCP servers that agents reach through this gateway, each at `/mcp/<name>` and all of them at `/mcp`. */
export type McpSettings = {
  /** The servers. They may come and go while the gateway runs. */
  readonly servers: readonly McpServerEntry[];
  /** Issuers of `workload_issuers` that MCP clients are sent to for a token: OAuth authorization servers, told in the metadata of each mount. A token whose `aud` is the URL of a mount is good at that mount only. */
  readonly authorizationServers: readonly string[];
};

/** An MCP server behind the gateway: `url`, or `command`. Agents never see its credentials, and it never sees theirs. */
export type McpServerEntry = {
  /** In its address, before `__` in the names of its tools at `/mcp`, and in policy (`McpServer::"<name>"`); never changed. */
  readonly name: string;
  /** Where it is, where it is reached by Streamable HTTP. */
  readonly url?: string;
  /** Sent to it as `Authorization: Bearer …`, by reference. */
  readonly token?: Secret;
  /** Further headers of every request to it, each value by reference. */
  readonly headers: Readonly<Record<string, Secret>>;
  /** Certificates (PEM) to trust in place of the system's. Relative to this file. */
  readonly ca?: string;
  /** What is started, where it is a program that speaks over its standard input and output: the program, then its arguments. No shell is between. */
  readonly command?: readonly string[];
  /** Its environment besides `PATH`, `HOME` and the like, each value by reference. */
  readonly env: Readonly<Record<string, Secret>>;
  /** The same for values that are nobody's secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** Folder it is started in. Relative to this file. */
  readonly cwd?: string;
  /** Attributes in policy, such as `{env: {entity: Env, id: prod}, vendor: github}`; as under `resources`, where it must not be listed again. */
  readonly attrs: Readonly<Record<string, Fact>>;
  /** What becomes of tools when the server is listed for the first time: they are taken as they are, or none can be called before people looked. A tool that changes later, or comes later, always waits for people. */
  readonly firstSight: 'accept' | 'review';
  /** Data classes that are left as they are in its answers, such as `pii.email`, or all of `pii`; others are masked. */
  readonly unmasked: readonly DataClasses[];
  /** What it may cost. */
  readonly limits: McpLimits;
};

/** Ceilings for one MCP server; durations in milliseconds. */
export type McpLimits = {
  /** Largest answer that is passed on, in bytes. */
  readonly resultBytes: number;
  /** Longest silence of a call that runs; afterwards nobody knows how it ended. */
  readonly callMs: number;
  /** Longest time a call may wait for people on one connection, before the agent gets a ticket and asks again. Without it: as long as the client is known to bear. */
  readonly holdMs?: number;
  /** Most processes of a `command`, each for one session. */
  readonly children: number;
};

const limits: Shape<McpLimits> = record<McpLimits>('McpLimits', {
  resultBytes: optional('result_bytes', integer(1_024, 67_108_864), 4_194_304),
  callMs: optional('call_timeout', duration, '5m'),
  holdMs: optional('hold', duration),
  children: optional('children', integer(1, 256), 16),
});

const NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** What a server is called: it stands in addresses and before the names of tools. */
const serverName: Shape<string> = {
  ...text,
  form: 'server name',
  read: (value, path, reading) => {
    const name = text.read(value, path, reading);
    if (name === undefined || NAME.test(name)) return name;
    return reading.report({
      code: 'bad-name',
      path,
      message: `\`${name}\` is no name for a server`,
      hint: 'use up to 32 small letters, digits and -, a letter first',
    });
  },
};

const server: Shape<McpServerEntry> = record<McpServerEntry>('McpServerEntry', {
  name: required('name', serverName),
  url: optional('url', endpoint),
  token: optional('token', secretText),
  headers: optional('headers', mapOf(secretText, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/), {}),
  ca: optional('ca', file),
  command: optional('command', listOf(text)),
  env: optional('env', mapOf(secretText, /^[A-Za-z_][A-Za-z0-9_]*$/), {}),
  variables: optional('variables', mapOf(text, /^[A-Za-z_][A-Za-z0-9_]*$/), {}),
  cwd: optional('cwd', folder),
  attrs: optional('attrs', mapOf(attribute), {}),
  firstSight: optional('first_sight', oneOf(['accept', 'review'] as const), 'accept'),
  unmasked: optional('unmasked', listOf(dataClasses), []),
  limits: optional('limits', limits, {}),
});

/** Key `mcp`. */
export const mcp: Shape<McpSettings> = record<McpSettings>('McpSettings', {
  servers: optional('servers', listOf(server), []),
  authorizationServers: optional('authorization_servers', listOf(id), []),
});
