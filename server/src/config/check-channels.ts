import { isLoopbackHost } from '../loopback.ts';
import type { Config } from './config.ts';
import { nearest } from './nearest.ts';
import type { Path, Report } from './problem.ts';

/** What only shows when channels are looked at beside everything else. */
export function checkChannels({ channels, signIn }: Config, report: Report): void {
  const seen = new Set<string>();
  for (const [kind, list] of Object.entries(channels))
    for (const [i, { id }] of list.entries()) {
      if (seen.has(id))
        report({
          code: 'duplicate-id',
          path: ['channels', kind, i, 'id'],
          message: `\`${id}\` is already the id of a channel`,
          hint: 'give every channel an id of its own: routing goes by it',
        });
      seen.add(id);
    }
  for (const [i, one] of channels.slack.entries()) {
    const at: Path = ['channels', 'slack', i];
    const name = one.transport === 'socket' ? 'app_token' : 'signing_secret';
    const isThere = one.transport === 'socket' ? one.appToken : one.signingSecret;
    if (!isThere)
      report({
        code: 'missing-key',
        path: at,
        message: `\`transport: ${one.transport}\` needs \`${name}\``,
        hint: `add \`${name}\``,
      });
    checkSecure(one.api, [...at, 'api'], report);
  }
  const providers = signIn.providers.map(({ id }) => id);
  for (const [i, one] of channels.teams.entries()) {
    const at: Path = ['channels', 'teams', i];
    for (const [name, url] of [
      ['service_url', one.serviceUrl],
      ['token_url', one.tokenUrl],
      ['openid_metadata', one.openidMetadata],
    ] as const)
      if (url !== undefined) checkSecure(url, [...at, name], report);
    if (one.provider === undefined || providers.includes(one.provider)) continue;
    const meant = nearest(one.provider, providers);
    report({
      code: 'unknown-provider',
      path: [...at, 'provider'],
      message: `\`${one.provider}\` is not listed under \`sign_in.providers\``,
      hint: meant === undefined ? 'add it there' : `did you mean \`${meant}\`?`,
    });
  }
  for (const [i, { url, secrets }] of channels.webhooks.entries()) {
    checkSecure(url, ['channels', 'webhooks', i, 'url'], report);
    if (secrets.length === 0)
      report({
        code: 'bad-value',
        path: ['channels', 'webhooks', i, 'secrets'],
        message: 'names no secret: a receiver could not tell our messages from others',
        hint: 'name at least one',
      });
  }
  for (const [i, { url }] of channels.pagerduty.entries())
    checkSecure(url, ['channels', 'pagerduty', i, 'url'], report);
}

/** What is sent there is for nobody else: encrypted, or not beyond this machine. */
function checkSecure(url: string, path: Path, report: Report): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || isLoopbackHost(hostname)) return;
  report({
    code: 'bad-value',
    path,
    message: 'would be sent in the clear',
    hint: 'write https:// (http:// only for loopback)',
  });
}
