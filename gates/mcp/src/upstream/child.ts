import { spawn, type ChildProcess } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

/** A program that is started without a shell. */
export type Program = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Its whole environment: nothing of the gate's own leaks into it. */
  readonly env: Readonly<Record<string, string>>;
};

/** A running program that speaks lines. */
export type Child = {
  /** Writes a line; false when it does not take any more. */
  readonly write: (text: string) => boolean;
  /** Ends it: end of input, then SIGTERM, then SIGKILL to its whole process group. Resolves when it is gone. */
  readonly end: () => Promise<void>;
  /** Ends it and its process group at once. */
  readonly kill: () => void;
};

/** Who listens to it. */
export type ChildEars = {
  readonly line: (text: string) => void;
  /** A line outgrew the bound; its beginning and end, for whoever can tell whose it was. */
  readonly tooLong: (head: string, tail: string) => void;
  readonly stderr: (line: string) => void;
  /** Called once, when it is gone or could not be started. */
  readonly ended: (why: string) => void;
};

const FLUSH_MS = 200;
const MAX_UNREAD = 64 * 1024 * 1024;
const MAX_STDERR_LINE = 2_000;
const EDGE = 256;

/** Starts a program in a process group of its own. Never throws: what cannot be started has ended. */
export function startChild(
  program: Program,
  { maxLine, graceMs }: { readonly maxLine: number; readonly graceMs: number },
  ears: ChildEars,
): Child {
  const { command, args, cwd, env } = program;
  let [isRunning, gone] = [true, (): void => {}];
  const isGone = new Promise<void>((done) => (gone = done));
  const over = (why: string): void => {
    if (!isRunning) return;
    isRunning = false;
    gone();
    ears.ended(why);
  };
  let child: ChildProcess;
  try {
    child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env,
      shell: false,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  } catch {
    queueMicrotask(() => over('the program cannot be started'));
    return { write: () => false, end: () => isGone, kill: () => {} };
  }
  child.once('error', () => over('the program cannot be started'));
  child.once('exit', (code, by) => {
    sweep(child, graceMs);
    // what it wrote last may still be in the pipe
    child.once('close', () => over(howEnded(code, by)));
    setTimeout(() => over(howEnded(code, by)), FLUSH_MS);
  });
  child.stdin?.on('error', () => {}); // it closed its input; its exit tells
  const lines = createLines(maxLine, ears.line, ears.tooLong);
  child.stdout?.on('data', lines);
  // ATTACKER: read and bounded, so that it can neither block nor fill us
  child.stderr?.on('data', createLines(MAX_STDERR_LINE, ears.stderr, ears.stderr));
  return {
    write: (text) => {
      if (!isRunning || child.stdin?.writable !== true) return false;
      if (child.stdin.writableLength > MAX_UNREAD) return false;
      child.stdin.write(`${text}\n`);
      return true;
    },
    end: () => {
      child.stdin?.end();
      const timers = [
        setTimeout(() => signal(child, 'SIGTERM'), graceMs),
        setTimeout(() => signal(child, 'SIGKILL'), 2 * graceMs),
      ];
      return isGone.then(() => timers.forEach(clearTimeout));
    },
    kill: () => void signal(child, 'SIGKILL'),
  };
}

const howEnded = (code: number | null, by: NodeJS.Signals | null): string =>
  by === null ? `the program ended with code ${code}` : `the program was ended by ${by}`;

/** Ends what a program that is gone left behind in its group. */
function sweep(child: ChildProcess, graceMs: number): void {
  if (!signal(child, 'SIGTERM')) return;
  setTimeout(() => signal(child, 'SIGKILL'), graceMs).unref();
}

function signal(child: ChildProcess, by: NodeJS.Signals): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, by);
  } catch {
    return false; // no such group any more
  }
}

/** Cuts a byte stream into lines and never holds more than one of them. */
export function createLines(
  maxLine: number,
  take: (line: string) => void,
  tooLong: (head: string, tail: string) => void,
): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  let [held, head] = [0, ''];
  const add = (piece: string): void => {
    pieces.push(piece);
    held += piece.length;
    if (held <= maxLine) return;
    // only its edges are kept from here on
    const text = pieces.join('');
    head ||= text.slice(0, EDGE);
    pieces = [text.slice(-EDGE)];
  };
  return (chunk) => {
    const text = decoder.write(chunk);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      add(text.slice(from, end));
      from = end + 1;
      const whole = pieces.length === 1 ? (pieces[0] ?? '') : pieces.join('');
      const line = whole.endsWith('\r') ? whole.slice(0, -1) : whole;
      if (held > maxLine) tooLong(head, line);
      else if (line.trim() !== '') take(line);
      [pieces, held, head] = [[], 0, ''];
    }
    if (from < text.length) add(text.slice(from));
  };
}
