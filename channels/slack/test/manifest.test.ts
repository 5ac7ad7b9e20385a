import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../manifest.json' with { type: 'json' };

/** What each method needs, as Slack's reference says; the others need nothing. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.open': ['im:write'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history'],
  'users.info': ['users:read'],
  'auth.test': [],
  'views.open': [],
  'views.publish': [],
};

test('the app asks for the scopes of what it calls, and for no others', () => {
  const src = join(import.meta.dirname, '../src');
  const called = readdirSync(src).flatMap((name) =>
    [...readFileSync(join(src, name), 'utf8').matchAll(/call\('([\w.]+)'/g)].map(
      ([, it]) => it ?? '',
    ),
  );
  expect([...new Set(called)].toSorted()).toEqual(Object.keys(SCOPES).toSorted());
  const needed = new Set(['commands', ...called.flatMap((method) => SCOPES[method] ?? [])]);
  expect(manifest.oauth_config.scopes.bot).toEqual([...needed].toSorted());
});

test('what people do reaches us', () => {
  const { features, settings } = manifest;
  expect(features.slash_commands.map(({ command }) => command)).toEqual(['/countersign']);
  expect(features.app_home.home_tab_enabled).toBe(true);
  expect(settings.event_subscriptions.bot_events).toEqual(['app_home_opened']);
  expect([settings.interactivity.is_enabled, settings.socket_mode_enabled]).toEqual([true, true]);
});
