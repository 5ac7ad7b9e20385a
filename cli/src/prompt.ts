import type { Io } from './io.ts';

const ARMING_MS = 500;
const MOST = 64;
const ignore = (): void => undefined;

/**
 * Asks a person at the terminal for a short text. Whatever was typed before the question could be read is thrown
 * away: a stray keystroke must not decide (A13). Ctrl-C, Ctrl-D and Escape are a no: undefined.
 */
export async function ask(
  io: Io,
  question: string,
  options: { readonly isSecret?: boolean; readonly armingMs?: number } = {},
): Promise<string | undefined> {
  const { stdin } = io;
  const { isSecret = false, armingMs = ARMING_MS } = options;
  stdin.setRawMode?.(true);
  stdin.on('data', ignore);
  stdin.resume();
  try {
    await new Promise((resolve) => setTimeout(resolve, armingMs));
    stdin.off('data', ignore);
    io.err(question);
    return await readLine(io, isSecret);
  } finally {
    stdin.off('data', ignore);
    stdin.pause();
    stdin.setRawMode?.(false);
    io.err('\n');
  }
}

function readLine(io: Io, isSecret: boolean): Promise<string | undefined> {
  const most = isSecret ? 1024 : MOST;
  return new Promise((resolve) => {
    let line = '';
    const end = (answer: string | undefined): void => {
      io.stdin.off('data', read);
      resolve(answer);
    };
    const read = (chunk: Uint8Array): void => {
      for (const char of new TextDecoder().decode(chunk)) {
        if (char === '\r' || char === '\n') return end(line);
        if ('\u0003\u0004\u001b'.includes(char)) return end(undefined);
        if (char === '\u007f' || char === '\b') {
          if (line !== '' && !isSecret) io.err('\b \b');
          line = line.slice(0, -1);
        } else if (char >= ' ' && char <= '~' && line.length < most) {
          line += char;
          if (!isSecret) io.err(char);
        }
      }
      return undefined;
    };
    io.stdin.on('data', read);
  });
}
