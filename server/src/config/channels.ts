import {
  addressText,
  endpoint,
  flag,
  integer,
  issuer,
  oneOf,
  providerId,
  secretText,
  slackId,
  text,
  type Secret,
} from './forms.ts';
import { listOf, optional, record, required, type Shape } from './shape.ts';

/** Where people are asked besides the console, and who is told. Which of them hears of what stands in `policies/routing.yaml`. */
export type ChannelSettings = {
  /** Slack workspaces. */
  readonly slack: readonly SlackEntry[];
  /** Microsoft Teams tenants. */
  readonly teams: readonly TeamsEntry[];
  /** Mail servers; mails tell and link, they never decide. */
  readonly email: readonly EmailEntry[];
  /** Receivers of signed webhooks (Standard Webhooks). */
  readonly webhooks: readonly WebhookEntry[];
  /** PagerDuty services (Events v2); acknowledging there approves nothing. */
  readonly pagerduty: readonly PagerdutyEntry[];
};

/** A Slack app in one workspace, or in one Enterprise Grid organization. */
export type SlackEntry = {
  /** In `routing.yaml`, in addresses (`/channels/slack/<id>`) and in the ledger; never changed. */
  readonly id: string;
  /** `socket`: the gateway connects to Slack, no port is opened. `http`: Slack sends to `/channels/slack/<id>`. */
  readonly transport: 'socket' | 'http';
  /** Id of the app, `A…`. */
  readonly appId: string;
  /** Id of the workspace, `T…`, or of the organization, `E…`. Nobody from elsewhere decides. */
  readonly team: string;
  /** Token of the app's bot, `xoxb-…`, by reference. */
  readonly botToken: Secret;
  /** Token of the app itself, `xapp-…`, by reference; for `socket`. */
  readonly appToken?: Secret;
  /** Secret that Slack signs requests with, by reference; for `http`. */
  readonly signingSecret?: Secret;
  /** What Sign in with Slack knows this gateway as. Without it nobody can connect a Slack account, and nobody decides in Slack. */
  readonly clientId?: string;
  /** Its secret for this gateway, by reference. */
  readonly clientSecret?: Secret;
  /** Issuer of Sign in with Slack. */
  readonly issuer: string;
  /** Most messages a minute in one channel; Slack takes about one a second. */
  readonly perMinute: number;
  /** Address of Slack's Web API. */
  readonly api: string;
};

/** A bot of one tenant in Microsoft Teams. */
export type TeamsEntry = {
  /** In `routing.yaml`, in addresses (`/channels/teams/<id>`) and in the ledger; never changed. */
  readonly id: string;
  /** Application (client) id of the bot. */
  readonly appId: string;
  /** Tenant id. Nobody from elsewhere decides. */
  readonly tenant: string;
  /** The bot's client secret, by reference. */
  readonly secret: Secret;
  /** An Entra provider of `sign_in.providers` by which people connect their Teams account. Without it nobody decides in Teams. */
  readonly provider?: string;
  /** Address of the Bot connector; no other host is ever spoken to. */
  readonly serviceUrl: string;
  /** Where the bot's tokens come from. Without it: the tenant's own address at login.microsoftonline.com. */
  readonly tokenUrl?: string;
  /** Metadata of the keys that the connector signs with. */
  readonly openidMetadata: string;
};

/** A mail server. */
export type EmailEntry = {
  /** In `routing.yaml` and in the ledger; never changed. */
  readonly id: string;
  /** `smtps://user:password@host` or `smtp://…`, by reference; `smtp` demands STARTTLS except on loopback. */
  readonly url: Secret;
  /** Sender, such as `Countersign <countersign@example.com>`. */
  readonly from: string;
};

/** A receiver of signed webhooks. */
export type WebhookEntry = {
  /** In `routing.yaml` and in the ledger; never changed. */
  readonly id: string;
  /** `https://`; addresses that are not public are refused when it connects, loopback only where the gateway itself is there. */
  readonly url: string;
  /** `whsec_…`, by reference; with several each signs, so that they can be exchanged. */
  readonly secrets: readonly Secret[];
  /** Host of a private network that may be connected to all the same. */
  readonly isPrivate: boolean;
};

/** A PagerDuty service. */
export type PagerdutyEntry = {
  /** In `routing.yaml` and in the ledger; never changed. */
  readonly id: string;
  /** Integration (routing) key, by reference. */
  readonly routingKey: Secret;
  /** Where events are sent. */
  readonly url: string;
};

const slack: Shape<SlackEntry> = record<SlackEntry>('SlackEntry', {
  id: required('id', providerId),
  transport: optional('transport', oneOf(['socket', 'http'] as const), 'socket'),
  appId: required('app_id', slackId),
  team: required('team', slackId),
  botToken: required('bot_token', secretText),
  appToken: optional('app_token', secretText),
  signingSecret: optional('signing_secret', secretText),
  clientId: optional('client_id', text),
  clientSecret: optional('client_secret', secretText),
  issuer: optional('issuer', issuer, 'https://slack.com'),
  perMinute: optional('per_minute', integer(1, 60_000), 55),
  api: optional('api', endpoint, 'https://slack.com/api'),
});

const teams: Shape<TeamsEntry> = record<TeamsEntry>('TeamsEntry', {
  id: required('id', providerId),
  appId: required('app_id', text),
  tenant: required('tenant', text),
  secret: required('secret', secretText),
  provider: optional('provider', providerId),
  serviceUrl: optional('service_url', endpoint, 'https://smba.trafficmanager.net/teams'),
  tokenUrl: optional('token_url', endpoint),
  openidMetadata: optional(
    'openid_metadata',
    endpoint,
    'https://login.botframework.com/v1/.well-known/openidconfiguration',
  ),
});

const email: Shape<EmailEntry> = record<EmailEntry>('EmailEntry', {
  id: required('id', providerId),
  url: required('url', secretText),
  from: required('from', addressText),
});

const webhook: Shape<WebhookEntry> = record<WebhookEntry>('WebhookEntry', {
  id: required('id', providerId),
  url: required('url', endpoint),
  secrets: required('secrets', listOf(secretText)),
  isPrivate: optional('private', flag, false),
});

const pagerduty: Shape<PagerdutyEntry> = record<PagerdutyEntry>('PagerdutyEntry', {
  id: required('id', providerId),
  routingKey: required('routing_key', secretText),
  url: optional('url', endpoint, 'https://events.pagerduty.com/v2/enqueue'),
});

/** Key `channels`. */
export const channels: Shape<ChannelSettings> = record<ChannelSettings>('ChannelSettings', {
  slack: optional('slack', listOf(slack), []),
  teams: optional('teams', listOf(teams), []),
  email: optional('email', listOf(email), []),
  webhooks: optional('webhooks', listOf(webhook), []),
  pagerduty: optional('pagerduty', listOf(pagerduty), []),
});
