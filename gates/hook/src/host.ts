/** The coding agents whose hooks this gate speaks. */
export const HOSTS = ['claude-code', 'codex', 'gemini', 'cursor', 'copilot'] as const;

/** One of them. */
export type Host = (typeof HOSTS)[number];

/** What people call it. */
export const HOST_NAMES: Readonly<Record<Host, string>> = {
  'claude-code': 'Claude Code',
  codex: 'Codex CLI',
  gemini: 'Gemini CLI',
  cursor: 'Cursor',
  copilot: 'Copilot CLI',
};

/** Whether a word names one. */
export const isHost = (word: unknown): word is Host => HOSTS.some((host) => host === word);
