/** One Slack workspace (or organisation) and the app that is installed there. */
export type SlackSettings = {
  /** From the configuration; in the ledger, never changed. */
  readonly id: string;
  /** `socket`: we fetch what happens, nothing listens. `http`: Slack sends it to us, signed. */
  readonly transport: 'socket' | 'http';
  /** `A…`: interactions of any other app are refused. */
  readonly appId: string;
  /** `T…` of a workspace or `E…` of an organisation: the only one that is taken. */
  readonly team: string;
  readonly botToken: string;
  /** `xapp-…` with `connections:write`; Socket Mode only. */
  readonly appToken?: string;
  /** HTTP only. */
  readonly signingSecret?: string;
  /** Base address of the Web API, `https://slack.com/api/` unless said. */
  readonly api?: string;
  /** Longest a call may take, 10 s unless said. */
  readonly timeoutMs?: number;
  /** Time between two messages in one channel, 1.1 s unless said: Slack takes about one a second. 0: none. */
  readonly spacingMs?: number;
};

export const TIMEOUT_MS = 10_000;
export const SPACING_MS = 1_100;
