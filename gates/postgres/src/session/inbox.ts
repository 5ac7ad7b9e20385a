import { createScanner } from '../wire/frames.ts';
import { frontendLimits } from '../wire/limits.ts';
import { WireFailure } from '../wire/failure.ts';
import type { PostgresParts } from '../parts.ts';
import type { Peer } from '../peer.ts';
import { take, type Frame, type Front } from './front.ts';
import type { Session } from './session.ts';

/** The client's side: messages wait in a queue of their own while somebody is asked or the server has to answer first. */
export function createInbox(
  session: Session,
  onBroken: (why: WireFailure) => void,
): { readonly push: (chunk: Buffer) => void; readonly wake: () => void } {
  const front: Front = { pending: undefined, executes: 0 };
  const scanner = createScanner(frontendLimits(session.mounted.settings));
  const { socket } = session.peer;
  const waiting: Frame[] = [];
  let waitingBytes = 0;
  let isBusy = false;

  /** Whether it is worked off; else it stays the first of those that wait. */
  function offer(frame: Frame): boolean {
    const step = take(session, front, frame);
    if (step === undefined) return true;
    if (step === 'wait') return false;
    isBusy = true;
    void step.then(
      (how) => {
        isBusy = false;
        if (how === 'taken') drop();
        guarded(work);
        return undefined;
      },
      (cause: unknown) => onBroken(asFailure(cause)),
    );
    return false;
  }
  function drop(): void {
    const first = waiting.shift();
    if (first) waitingBytes -= first.end - first.start;
  }
  function each(type: number, bytes: Buffer, start: number, end: number): void {
    const frame = { type, bytes, start, end };
    if (session.hasEnded || (waiting.length === 0 && !isBusy && offer(frame))) return;
    waiting.push(frame);
    waitingBytes += end - start;
  }
  function work(): void {
    while (!isBusy && !session.hasEnded) {
      const [first] = waiting;
      if (!first || !offer(first)) break;
      drop();
    }
    session.main.up.flush();
    session.own?.up.flush();
    session.down.flush();
    if (waitingBytes <= session.mounted.settings.messageBytes && !session.main.up.isFull())
      socket.resume();
  }
  function guarded(act: () => void): void {
    try {
      act();
    } catch (cause) {
      onBroken(asFailure(cause));
    }
  }
  return {
    push: (chunk) =>
      guarded(() => {
        scanner.push(chunk, each);
        work();
        // reading goes on while somebody is asked, to see whether the client is still there, but not without end
        if (waitingBytes > session.mounted.settings.messageBytes || session.main.up.isFull())
          socket.pause();
      }),
    wake: () => {
      if (waiting.length > 0) guarded(work);
    },
  };
}

const asFailure = (cause: unknown): WireFailure =>
  cause instanceof WireFailure
    ? cause
    : new WireFailure('malformed', 'a message could not be worked off');
