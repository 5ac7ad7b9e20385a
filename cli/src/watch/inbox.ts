import { randomInt } from 'node:crypto';
import type { Call } from '../command.ts';
import type { Gateway } from '../gateway.ts';
import type { Io } from '../io.ts';
import { followChanges } from './changes.ts';
import { keysOf } from './keys.ts';
import { EMPTY, type Around, type Effect, type Happening, type Model } from './model.ts';
import { createPerformer } from './perform.ts';
import { drawn, pageLines, roomOf } from './screen.ts';
import { step } from './step.ts';
import { openScreen } from './terminal.ts';

const TICK_MS = 250;
/** Letters that are hard to take for others. */
const LETTERS = 'cefhjkmnprtuvwxy';
const twoLetters = (): string =>
  [0, 0].map(() => LETTERS.charAt(randomInt(LETTERS.length))).join('');

/** The inbox as a screen of its own, until the person leaves; the terminal is as it was afterwards. */
export async function watchOnScreen(call: Call, gateway: Gateway): Promise<number> {
  const { io } = call;
  // whoever cannot be asked, or will not answer us, is told of in an ordinary line
  const { items } = await gateway.inbox();
  const ended = Promise.withResolvers<number>();
  const stop = new AbortController();
  const decoder = new TextDecoder();
  const screen = openScreen(io, (chunk) => {
    for (const key of keysOf(decoder.decode(chunk, { stream: true })))
      inbox.happens({ type: 'key', key });
  });
  const inbox = createInbox(io, {
    show: screen.draw,
    perform: (effect) => perform(effect),
    fail: ended.reject,
  });
  const perform = createPerformer({
    call,
    gateway,
    happens: inbox.happens,
    end: ended.resolve,
    fail: ended.reject,
  });
  const releases = [
    io.onInterrupt(ended.resolve),
    io.onResize(() => inbox.happens({ type: 'resized' })),
  ];
  const timer = setInterval(inbox.draw, TICK_MS);
  try {
    inbox.happens({ type: 'listed', items });
    const follows = followChanges(gateway, stop.signal, (heard) => {
      inbox.happens({ type: 'live', isLive: heard.type !== 'away' });
      if (heard.type === 'hello') inbox.happens({ type: 'changed' });
      if (heard.type === 'changed') inbox.happens({ type: 'changed', id: heard.id });
    });
    follows.catch(ended.reject);
    return await ended.promise;
  } finally {
    stop.abort();
    clearInterval(timer);
    for (const release of releases) release();
    screen.close();
  }
}

type InboxParts = {
  readonly show: (lines: readonly string[]) => void;
  readonly perform: (effect: Effect) => void;
  readonly fail: (error: unknown) => void;
};

/** The model over time: every happening is a step, then a drawing, then what has to be done about it. */
function createInbox(
  io: Io,
  { show, perform, fail }: InboxParts,
): { readonly happens: (happening: Happening) => void; readonly draw: () => void } {
  let model: Model = EMPTY;
  const around = (lines: readonly string[]): Around => ({
    now: io.now(),
    code: twoLetters,
    lines: lines.length,
    room: roomOf(io),
  });
  const draw = (): void => {
    const lines = pageLines(io, model);
    show(drawn(io, model, lines));
    model = step(model, { type: 'drawn' }, around(lines)).model;
  };
  const happens = (happening: Happening): void => {
    const next = step(model, happening, around(pageLines(io, model)));
    model = next.model;
    draw();
    for (const effect of next.effects) perform(effect);
  };
  // an error of ours ends it too, with the terminal as it was
  const safely =
    <A extends readonly unknown[]>(work: (...args: A) => void) =>
    (...args: A): void => {
      try {
        work(...args);
      } catch (error) {
        fail(error);
      }
    };
  return { draw: safely(draw), happens: safely(happens) };
}
