/** A terminal's keyboard, or whatever stands in its place. */
type Keyboard = AsyncIterable<Uint8Array> & {
  setRawMode?: (raw: boolean) => unknown;
  on: (event: 'data', listener: (chunk: Uint8Array) => void) => unknown;
  off: (event: 'data', listener: (chunk: Uint8Array) => void) => unknown;
  resume: () => unknown;
  pause: () => unknown;
};

/** Everything a command may touch of the process it runs in; only `main.ts` makes one. */
export type Io = {
  /** Results: what a pipeline reads. */
  readonly out: (text: string | Uint8Array) => void;
  /** Progress, questions, errors: what a person reads. */
  readonly err: (text: string | Uint8Array) => void;
  readonly stdin: Keyboard;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly isTty: { readonly in: boolean; readonly out: boolean; readonly err: boolean };
  readonly columns: () => number;
  readonly rows: () => number;
  /** Calls back when the terminal has another size; returns the way to stop listening. */
  readonly onResize: (listener: () => void) => () => void;
  readonly now: () => number;
  /** Calls back on Ctrl-C and on being asked to end; returns the way to stop listening. */
  readonly onInterrupt: (listener: (exitCode: number) => void) => () => void;
};

/** Whether text for people may carry colour (no-color.org). */
export const mayColour = ({ env, isTty }: Io): boolean =>
  isTty.out && !env['NO_COLOR'] && env['TERM'] !== 'dumb';

/** Whether a line may be drawn over. */
export const mayDraw = ({ env, isTty }: Io): boolean => isTty.err && env['TERM'] !== 'dumb';
