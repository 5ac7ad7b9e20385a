import {
  isDataClasses,
  likelyClass,
  parseDuration,
  TypedFact,
  type DataClasses,
  type Digest,
  type Fact,
} from '@countersign/core';
import { isSpiffeId } from '@countersign/identity';
import { isAbsolute, join, resolve } from 'node:path';
import { isLoopbackHost } from '../loopback.ts';
import type { Path } from './problem.ts';
import { wrongType, type Reading, type Shape } from './shape.ts';

type Check<T> = (text: string, path: Path, reading: Reading) => T | undefined;

/** Text of a certain form. */
const textAs = <T>(form: string, check: Check<T>): Shape<T> => ({
  form,
  variable: 'text',
  schema: { type: 'string' },
  read: (value, path, reading) =>
    typeof value === 'string' && value.trim() !== ''
      ? check(value, path, reading)
      : wrongType(reading.report, path, `text (${form})`),
});

/** Any text that is not blank. */
export const text: Shape<string> = textAs('text', (value) => value);

const ID = /^[A-Za-z0-9][A-Za-z0-9._@+:-]{0,127}$/;

/** An id of an agent, executor, person or group. */
export const id: Shape<string> = textAs('id', (value, path, { report }) =>
  ID.test(value)
    ? value
    : report({
        code: 'bad-name',
        path,
        message: 'is not an id',
        hint: 'use letters, digits and . _ @ + : - (at most 128)',
      }),
);

/** The id of an identity provider: it stands in addresses. */
export const providerId: Shape<string> = textAs('provider id', (value, path, { report }) =>
  /^[a-z][a-z0-9-]{0,31}$/.test(value)
    ? value
    : report({
        code: 'bad-name',
        path,
        message: 'is not the id of an identity provider',
        hint: 'use up to 32 small letters, digits and -, a letter first',
      }),
);

/** A Cedar type name without its namespace. */
export const typeName: Shape<string> = textAs('type name', (value, path, { report }) =>
  /^[A-Z][A-Za-z0-9]*$/.test(value)
    ? value
    : report({
        code: 'bad-name',
        path,
        message: `\`${value}\` is not a type name`,
        hint: 'write it as in the policy schema, such as Database',
      }),
);

/** A data class, or a family of them. */
export const dataClasses: Shape<DataClasses> = textAs('data class', (value, path, { report }) => {
  const likely = likelyClass(value);
  return isDataClasses(value)
    ? value
    : report({
        code: 'bad-name',
        path,
        message: `\`${value}\` is not a data class`,
        hint: likely
          ? `did you mean \`${likely}\`?`
          : 'write a class such as pii.email, or a family: pii, pci, secret, custom',
      });
});

/** A duration in milliseconds. */
export const duration: Shape<number> = {
  ...textAs('duration', (value, path, { report }) => {
    const ms = parseDuration(value);
    return (
      ms ??
      report({
        code: 'bad-duration',
        path,
        message: `\`${value}\` is not a duration`,
        hint: 'write a number and s, m, h or d, such as 30s, 15m, 2h, 1d',
      })
    );
  }),
  schema: { type: 'string', pattern: '^[1-9][0-9]{0,5}[smhd]$' },
};

/** An integer within bounds. */
export const integer = (min: number, max: number): Shape<number> => ({
  form: max === Number.MAX_SAFE_INTEGER ? `integer from ${min}` : `integer ${min}–${max}`,
  variable: 'integer',
  schema: { type: 'integer', minimum: min, maximum: max },
  read: (value, path, { report }) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      return wrongType(report, path, 'an integer');
    if (value >= min && value <= max) return value;
    return report({
      code: 'bad-value',
      path,
      message: `must be from ${min} to ${max}`,
      hint: `write a number from ${min} to ${max}`,
    });
  },
});

/** True or false. */
export const flag: Shape<boolean> = {
  form: 'true or false',
  variable: 'boolean',
  schema: { type: 'boolean' },
  read: (value, path, { report }) =>
    typeof value === 'boolean' ? value : wrongType(report, path, 'true or false'),
};

/** One of a few words. */
export const oneOf = <W extends string>(words: readonly W[]): Shape<W> => ({
  ...textAs(words.join(', '), (value, path, { report }) => {
    const word = words.find((one) => one === value);
    return (
      word ??
      report({
        code: 'bad-value',
        path,
        message: `\`${value}\` is not one of ${words.join(', ')}`,
        hint: `write one of ${words.join(', ')}`,
      })
    );
  }),
  schema: { enum: words },
});

const located: Check<string> = (value, _, { baseDir }) =>
  isAbsolute(value) ? resolve(value) : join(baseDir, value);

/** A folder, relative to the configuration file. */
export const folder: Shape<string> = textAs('folder', located);

/** A file, relative to the configuration file. */
export const file: Shape<string> = textAs('file', located);

/** Host and port to listen on. */
export type Listen = { readonly host: string; readonly port: number };

/** An address to listen on. Whether it may be one that others reach is looked at with `public_url`. */
export const listen: Shape<Listen> = textAs('host:port', (value, path, { report }) => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port <= 65_535) return { host, port };
  return report({
    code: 'bad-value',
    path,
    message: `\`${value}\` is not host:port`,
    hint: 'write it like 127.0.0.1:8088, [::1]:8088 or 0.0.0.0:8088',
  });
});

/** Where a collector listens: a URL that paths are put behind. */
export const endpoint: Shape<string> = textAs('URL', (value, path, { report }) => {
  const url = URL.parse(value);
  const isEndpoint =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (isEndpoint) return url.href.replace(/\/+$/, '');
  return report({
    code: 'bad-value',
    path,
    message: 'is not the address of a collector',
    hint: 'write it like http://127.0.0.1:4318, without user, password or query',
  });
});

/** An identity provider's issuer, exactly as it calls itself. */
export const issuer: Shape<string> = textAs('URL', (value, path, { report }) => {
  const url = URL.parse(value);
  const isIssuer =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (isIssuer) return value;
  return report({
    code: 'bad-value',
    path,
    message: 'is not the issuer of an identity provider',
    hint: 'write it as the provider does, https://… (http:// only for loopback), without query',
  });
});

/** Where an issuer's keys are fetched; whoever can change them on the way could sign as the issuer. */
export const keysUrl: Shape<string> = textAs('URL', (value, path, { report }) => {
  const url = URL.parse(value);
  const isSafe =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) &&
    [url.username, url.password, url.hash].every((part) => part === '');
  if (isSafe) return url.href;
  return report({
    code: 'bad-value',
    path,
    message: 'is not an address keys could be trusted from',
    hint: 'write https://… (http:// only for loopback), without user or password',
  });
});

/** The SPIFFE id of a workload. */
export const spiffeId: Shape<string> = textAs('SPIFFE id', (value, path, { report }) =>
  isSpiffeId(value)
    ? value
    : report({
        code: 'bad-name',
        path,
        message: 'is not the SPIFFE id of a workload',
        hint: 'write it like spiffe://example.org/agents/etl',
      }),
);

/** A SPIFFE trust domain. */
export const trustDomain: Shape<string> = textAs('trust domain', (value, path, { report }) =>
  /^[a-z0-9._-]{1,255}$/.test(value)
    ? value
    : report({
        code: 'bad-name',
        path,
        message: 'is not a SPIFFE trust domain',
        hint: 'write it like example.org, without spiffe:// and in small letters',
      }),
);

/** What a claim must be: a text, or a list of those that are allowed. */
export const claimValue: Shape<string | readonly string[]> = {
  form: 'text or list of text',
  schema: { type: ['string', 'array'], items: { type: 'string' } },
  read: (value, path, { report }) =>
    typeof value === 'string' ||
    (Array.isArray(value) && value.every((one) => typeof one === 'string'))
      ? value
      : wrongType(report, path, 'text, or a list of text'),
};

/** The origin people and agents reach the gateway at. */
export const origin: Shape<string> = textAs('URL', (value, path, { report }) => {
  const url = URL.parse(value);
  const isOrigin =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '') &&
    url.pathname === '/';
  if (isOrigin) return url.origin;
  return report({
    code: 'bad-value',
    path,
    message: 'is not an origin people could trust',
    hint: 'write https://host (http:// only for loopback), without path, query or password',
  });
});

/** Who may be written to about what this gateway does. */
export const contact: Shape<string> = textAs('contact', (value, path, { report }) =>
  /^mailto:[^\s@]+@[^\s@]+$/.test(value) || URL.parse(value)?.protocol === 'https:'
    ? value
    : report({
        code: 'bad-value',
        path,
        message: 'is not an address that can be written to',
        hint: 'write it like mailto:ops@example.com',
      }),
);

/** The name of a host, without scheme and port. */
export const hostName: Shape<string> = textAs('host name', (value, path, { report }) =>
  /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(value)
    ? value
    : report({
        code: 'bad-value',
        path,
        message: 'is not a host name',
        hint: 'write it like push.example.com, in small letters',
      }),
);

/** An id that Slack gives: of an app, a workspace, an organization. */
export const slackId: Shape<string> = textAs('Slack id', (value, path, { report }) =>
  /^[ATE][A-Z0-9]{2,31}$/.test(value)
    ? value
    : report({
        code: 'bad-name',
        path,
        message: 'is not an id of Slack',
        hint: 'write it as Slack shows it, such as T0123ABCD',
      }),
);

/** A mail address, with or without a name before it. ATTACKER: a line break would begin another header. */
export const addressText: Shape<string> = textAs('mail address', (value, path, { report }) =>
  /^(?:[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(value)
    ? value
    : report({
        code: 'bad-value',
        path,
        message: 'is not a mail address',
        hint: 'write it like Countersign <countersign@example.com>',
      }),
);

/** An IANA time zone. */
export const timeZone: Shape<string> = textAs('time zone', (value, path, { report }) => {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: value }).resolvedOptions().timeZone;
  } catch {
    return report({
      code: 'bad-value',
      path,
      message: `\`${value}\` is not a time zone`,
      hint: 'write an IANA name such as UTC or Europe/Berlin',
    });
  }
});

/** Something secret, by reference. */
const secretAs = <T>(
  follow: (ref: string, path: Path, reading: Reading) => T | undefined,
): Shape<T> => ({
  form: 'secret reference',
  schema: { type: 'string', pattern: '^(env|file|exec):.' },
  read: (value, path, reading) => {
    if (typeof value === 'string' && /^(env|file|exec):./.test(value))
      return follow(value, path, reading);
    // the value may be the secret itself: it is not repeated
    return reading.report({
      code: 'literal-secret',
      path,
      message: 'a secret may only be given by reference',
      hint: 'write env:NAME, file:PATH or exec:COMMAND, and replace the secret if it was ever shared',
    });
  },
});

/** A token by reference; only its digest is kept. */
export const token = (prefix: string): Shape<Digest> =>
  secretAs((ref, path, { secret }) => secret(ref, prefix, path) as Digest | undefined);

/** A secret that is used as it is. A function, so that whoever prints a configuration does not print it. */
export type Secret = { readonly reveal: () => string };

/** Any secret text, by reference. */
export const secretText: Shape<Secret> = secretAs((ref, path, { reveal }) => {
  const value = reveal(ref, path);
  return value === undefined ? undefined : { reveal: () => value };
});

/** The address of a PostgreSQL database with its credentials, by reference. */
export const databaseUrl: Shape<Secret> = secretAs((ref, path, { reveal, report }) => {
  const value = reveal(ref, path);
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (url !== null && /^postgres(?:ql)?:$/.test(url.protocol) && url.hostname !== '')
    return { reveal: () => value };
  return report({
    code: 'bad-value',
    path,
    message: 'does not lead to the address of a PostgreSQL database',
    hint: 'let it lead to postgres://user:password@host:5432/database',
  });
});

/** The name of a schema in a database. */
export const schemaName: Shape<string> = {
  ...textAs('schema name', (value, path, { report }) =>
    /^[a-z][a-z0-9_]{0,47}$/.test(value)
      ? value
      : report({
          code: 'bad-name',
          path,
          message: `\`${value}\` is no name for a schema`,
          hint: 'use up to 48 small letters, digits and _, a letter first',
        }),
  ),
  schema: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,47}$' },
};

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);

/** Text, integer, boolean or a list of these. */
export const plainFact: Shape<Fact> = {
  form: 'text, integer, true or false, or a list',
  schema: { type: ['string', 'integer', 'boolean', 'array'] },
  read: (value, path, { report }) =>
    isScalar(value) || (Array.isArray(value) && value.every(isScalar))
      ? value
      : wrongType(report, path, 'text, an integer, true or false, or a list of these'),
};

/** As `plainFact`, or `{entity: Type, id: text}`. */
export const attribute: Shape<Fact> = {
  form: `${plainFact.form}, or {entity, id}`,
  schema: { type: ['string', 'integer', 'boolean', 'array', 'object'] },
  read: (value, path, reading) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return plainFact.read(value, path, reading);
    const { entity, id: of, ...rest } = value as Record<string, unknown>;
    const type = typeName.read(entity, [...path, 'entity'], reading);
    const named = text.read(of, [...path, 'id'], reading);
    if (Object.keys(rest).length > 0)
      return wrongType(reading.report, path, 'a record with entity, id');
    return type === undefined || named === undefined ? undefined : TypedFact.entity(type, named);
  },
};
