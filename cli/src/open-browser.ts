import { spawn } from 'node:child_process';
import type { Io } from './io.ts';

/** Shows a page to the person at the terminal: the address always, in a browser where there is one to be had. */
export function openPage(io: Io, url: string, isOpened: boolean): void {
  io.err(`${url}\n`);
  if (isOpened && io.isTty.err) start(io, url);
}

/** ATTACKER: an address is one argument to a program, never part of a command line. */
function start({ env }: Io, url: string): void {
  const [program, args]: readonly [string, readonly string[]] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler', url]]
        : ['xdg-open', [url]];
  const isSomewhere =
    process.platform !== 'linux' || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);
  if (!isSomewhere) return;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  // the address stands there already: whoever has no such program opens it by hand
  child.once('error', () => undefined);
  child.unref();
}
