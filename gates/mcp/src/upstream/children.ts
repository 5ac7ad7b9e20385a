import type { UpstreamState } from '../link.ts';
import { startChild, type Program } from './child.ts';
import { Conversation } from './conversation.ts';
import type { Limits } from './limits.ts';
import { createStderr } from './stderr.ts';

/** How many children there may be, and how they are started again. */
export type ChildLimits = {
  readonly max: number;
  /** A child that nobody used for so long is ended. */
  readonly idleMs: number;
  /** Pause before the first new start after a crash; it doubles up to the cap. */
  readonly backoffMs: number;
  readonly backoffCapMs: number;
  /** Time between the end of its input, SIGTERM and SIGKILL. */
  readonly graceMs: number;
};

/** Bounds for whoever sets none. */
export const CHILD_LIMITS: ChildLimits = {
  max: 32,
  idleMs: 900_000,
  backoffMs: 250,
  backoffCapMs: 30_000,
  graceMs: 2_000,
};

/** A running child and the conversation with it. */
export type Running = {
  readonly talk: Conversation;
  readonly isOver: () => boolean;
  readonly touch: () => void;
  readonly end: () => Promise<void>;
};

/** The children of one upstream. */
export type Children = {
  readonly start: () => Promise<Running | { readonly unavailable: string }>;
  readonly state: () => Pick<UpstreamState, 'is' | 'why' | 'restarts'>;
  readonly close: () => Promise<void>;
};

type Parts = {
  readonly program: Program;
  readonly limits: Limits;
  readonly children: ChildLimits;
  /** Told what a program says on its error output, and how it ended. */
  readonly say: (what: 'stderr' | 'ended', text: string) => void;
};

type Entry = Running & { usedAt: number };

const STEADY_MS = 10_000;
const WORTH_WAITING_MS = 2_000;

/** Starts children and watches them: a crash fails what was under way, and the next start waits longer each time. */
export function createChildren(parts: Parts): Children {
  const { children } = parts;
  const running = new Set<Entry>();
  let [failures, dueAt, restarts] = [0, 0, 0];
  let [isClosed, isUsed, hasCrashed, why] = [false, false, false, ''];
  const crashed = (text: string, livedMs: number): void => {
    failures = livedMs >= STEADY_MS ? 1 : failures + 1;
    dueAt = performance.now() + pause(children, failures);
    [hasCrashed, why] = [true, text];
  };
  const sweep = setInterval(
    () => {
      const before = performance.now() - children.idleMs;
      for (const one of running) if (one.talk.load === 0 && one.usedAt < before) void one.end();
    },
    Math.min(children.idleMs, 30_000),
  ).unref();

  const launch = (): Entry => {
    const entry = run(parts, (text, livedMs, wasWanted) => {
      running.delete(entry);
      if (!wasWanted) crashed(text, livedMs);
    });
    running.add(entry);
    isUsed = true;
    if (hasCrashed) restarts += 1;
    hasCrashed = false;
    return entry;
  };
  return {
    start: async () => {
      const waitMs = dueAt - performance.now();
      if (waitMs > WORTH_WAITING_MS)
        return { unavailable: `${why}; it is started again in ${Math.ceil(waitMs / 1000)} s` };
      if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs));
      if (isClosed) return { unavailable: 'the gate is closing' };
      if (running.size >= children.max && !(await makeRoom(running)))
        return { unavailable: `all ${children.max} programs of this server are in use` };
      return launch();
    },
    state: () => ({
      is: !isUsed ? 'unused' : hasCrashed && running.size === 0 ? 'down' : 'up',
      restarts,
      ...(why === '' ? {} : { why }),
    }),
    close: async () => {
      isClosed = true;
      clearInterval(sweep);
      await Promise.all([...running].map((one) => one.end()));
    },
  };
}

const pause = ({ backoffMs, backoffCapMs }: ChildLimits, failures: number): number =>
  Math.min(backoffCapMs, backoffMs * 2 ** Math.min(failures - 1, 20));

/** Ends the child that was unused for longest; false when all are in use. */
async function makeRoom(running: ReadonlySet<Entry>): Promise<boolean> {
  const [oldest] = [...running]
    .filter(({ talk }) => talk.load === 0)
    .toSorted((one, other) => one.usedAt - other.usedAt);
  await oldest?.end();
  return oldest !== undefined;
}

/** Starts one child. */
function run(
  { program, limits, children, say }: Parts,
  onEnd: (why: string, livedMs: number, wasWanted: boolean) => void,
): Entry {
  const startedAt = performance.now();
  const stderr = createStderr((line) => say('stderr', line));
  let [isOver, isEnding] = [false, false];
  const child = startChild(
    program,
    { maxLine: limits.answerBytes, graceMs: children.graceMs },
    {
      line: (text) => talk.heard(text),
      tooLong: (head, tail) => talk.missed(head, tail),
      stderr: stderr.take,
      ended: (why) => {
        isOver = true;
        talk.over(why);
        if (!isEnding) say('ended', why);
        onEnd(why, performance.now() - startedAt, isEnding);
      },
    },
  );
  const talk = new Conversation(
    {
      write: child.write,
      flooded: () => {
        talk.over('the server sent too many messages');
        void child.end();
        child.kill();
      },
    },
    limits,
  );
  const entry: Entry = {
    talk,
    usedAt: startedAt,
    isOver: () => isOver,
    touch: () => (entry.usedAt = performance.now()),
    end: () => {
      isEnding = true;
      return child.end();
    },
  };
  return entry;
}
