import type { ActionStatus } from '@countersign/sdk';
import { mayDraw, type Io } from './io.ts';
import { duration, plain } from './text.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** What a person sees while another one decides. */
export type Progress = {
  readonly show: (status: ActionStatus) => void;
  /** A line that stays. */
  readonly note: (line: string) => void;
  readonly stop: () => void;
};

/** On a terminal one line that moves, with elapsed time and expiry; elsewhere a plain line whenever something changed. */
export function createProgress(io: Io): Progress {
  const startedAt = io.now();
  const isDrawn = mayDraw(io);
  let current: ActionStatus | undefined;
  let last = '';
  let frame = 0;

  const draw = (): void => {
    if (!current) return;
    const ends = current.expiresAt === undefined ? undefined : Date.parse(current.expiresAt);
    const left = ends === undefined ? '' : `, expires in ${duration(ends - io.now())}`;
    const text = `${FRAMES[frame++ % FRAMES.length]} ${describe(current)}, ${duration(io.now() - startedAt)}${left}`;
    io.err(`\r\u001b[K${text.slice(0, Math.max(20, io.columns() - 1))}`);
  };
  const clear = (): void => {
    if (isDrawn && current) io.err('\r\u001b[K');
  };
  const timer = isDrawn ? setInterval(draw, 120) : undefined;
  timer?.unref();

  return {
    show: (status) => {
      current = status;
      if (isDrawn) return draw();
      const line = describe(status);
      if (line !== last) io.err(`${line}${until(status)}\n`);
      last = line;
      return undefined;
    },
    note: (line) => {
      clear();
      io.err(`${line}\n`);
    },
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}

const until = ({ state, expiresAt }: ActionStatus): string =>
  state === 'pending' && expiresAt !== undefined ? `, until ${expiresAt}` : '';

/** Where an action stands and who is asked, on one line. */
export function describe(status: ActionStatus): string {
  const { state, waitingFor = [], votes, approvalId, id } = status;
  if (state !== 'pending') return `${state} ${approvalId ?? id}`;
  const groups = waitingFor.map(({ groups: names, quorum }) =>
    names.length === 0 ? 'the person it acts for' : `${quorum} of ${names.join(' or ')}`,
  );
  const given = votes && votes.approve > 0 ? ` (${votes.approve} said yes)` : '';
  return plain(`${approvalId ?? id} waits for ${groups.join(' and ')}${given}`);
}
