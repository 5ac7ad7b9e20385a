import { ACCENT } from './icons.ts';

/** What an app package is about. */
export type AppSettings = {
  /** Application (client) id of the bot, a GUID. */
  readonly appId: string;
  /** Address of the gateway as people reach it. */
  readonly publicUrl: string;
  /** Version of the package: another one for every change, or Teams keeps the old. */
  readonly version: string;
  /** What the app is called, at most 30 characters. */
  readonly name: string;
};

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)$/;
const MOST_NAME = 30;

const COMMANDS = [
  { title: 'inbox', description: 'What waits for you' },
  { title: 'connect', description: 'Connect your Teams account' },
  { title: 'help', description: 'What this is, and what this place is called' },
] as const;

/** What is wrong with the settings of a package, in one sentence; nothing where they are good. */
export function whyNoApp({ appId, publicUrl, version, name }: AppSettings): string | undefined {
  if (!GUID.test(appId)) return 'the app id is no GUID';
  if (URL.parse(publicUrl)?.protocol !== 'https:') return 'the address of the gateway is not https';
  if (!VERSION.test(version)) return 'the version is not of the form 1.2.3';
  return name !== '' && name.length <= MOST_NAME
    ? undefined
    : 'the name is longer than 30 characters';
}

/** The manifest of the app, version 1.17 of its schema: a bot for teams, group chats and people, and nothing else. */
export function manifestOf({ appId, publicUrl, version, name }: AppSettings): object {
  const { origin, host } = new URL(publicUrl);
  const scopes = ['personal', 'team', 'groupChat'];
  return {
    $schema:
      'https://developer.microsoft.com/en-us/json-schemas/teams/v1.17/MicrosoftTeams.schema.json',
    manifestVersion: '1.17',
    version,
    id: appId,
    developer: {
      name: 'Countersign',
      websiteUrl: origin,
      privacyUrl: origin,
      termsOfUseUrl: origin,
    },
    name: { short: name, full: name },
    description: {
      short: 'Asks people before agents act, and takes their answer.',
      full: 'Requests of agents are put where the people are who decide. They see exactly what would run, and approve or deny it. Whatever needs more than a click opens in the console.',
    },
    icons: { color: 'color.png', outline: 'outline.png' },
    accentColor: ACCENT,
    bots: [
      {
        botId: appId,
        scopes,
        supportsFiles: false,
        isNotificationOnly: false,
        commandLists: [{ scopes, commands: COMMANDS }],
      },
    ],
    permissions: ['identity', 'messageTeamMembers'],
    validDomains: [host],
  };
}
