/** How much is logged, least first. */
const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line may carry. Only words of ours, ids and numbers: R9 holds for logs as for the ledger. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured logs, one JSON object per line. */
export type Log = {
  readonly [Level in LogLevel]: (event: string, fields?: LogFields) => void;
} & {
  /** Writes what is still held back. */
  readonly flush: () => void;
};

/** Makes a log. Lines of one turn of the event loop are written together, so that a busy gateway writes seldom. */
export function createLog(parts: {
  readonly level: LogLevel;
  readonly now: () => number;
  readonly write: (lines: string) => void;
}): Log {
  const least = LOG_LEVELS.indexOf(parts.level);
  let held = '';
  const flush = (): void => {
    const lines = held;
    held = '';
    if (lines !== '') parts.write(lines);
  };
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) > least) return;
      if (held === '') setImmediate(flush);
      held += `${JSON.stringify({ time: new Date(parts.now()).toISOString(), level, event, ...fields })}\n`;
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), flush };
}

/**
 * What may be said of an unexpected error: its name, code and where it was thrown.
 * ATTACKER: the message may echo what an agent sent, so it is never logged; the stack begins with it.
 */
export function faultOf(error: unknown): LogFields {
  if (!(error instanceof Error)) return { fault: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const frames = (error.stack ?? '')
    .slice((error.stack ?? '').indexOf(error.message) + error.message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 4)
    .map((line) => line.trim().replace(/\(?(?:file:\/\/)?\/\S*\/(?=[^/]+:\d+:\d+)/, '('));
  return { fault: error.name, code, at: frames.join(' ') };
}
