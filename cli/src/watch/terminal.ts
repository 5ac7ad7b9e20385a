import type { Io } from '../io.ts';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

/** A screen of our own, and the keyboard, until it is closed. */
export type Screen = {
  readonly draw: (lines: readonly string[]) => void;
  readonly close: () => void;
};

/** Takes the terminal over: the other screen, keys one by one. `close` leaves it as it was, however often it is called. */
export function openScreen(io: Io, onBytes: (chunk: Uint8Array) => void): Screen {
  const { stdin } = io;
  let last = '';
  let isOpen = true;
  stdin.setRawMode?.(true);
  stdin.on('data', onBytes);
  stdin.resume();
  io.out(ENTER);
  return {
    draw: (lines) => {
      // every line is ended by us: colour and the rest of what stood there
      const text = `\u001b[H${lines.map((line) => `${line}\u001b[0m\u001b[K`).join('\r\n')}`;
      if (isOpen && text !== last) io.out(text);
      last = text;
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      stdin.off('data', onBytes);
      stdin.pause();
      stdin.setRawMode?.(false);
      io.out(LEAVE);
    },
  };
}
