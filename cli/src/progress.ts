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

/** Says what is waited for; on a terminal a line below it moves, with elapsed time and expiry. */
export function createProgress(io: Io): Progress {
  const startedAt = io.now();
  const isDrawn = mayDraw(io);
  let current: ActionStatus | undefined;
  let last = '';
  let frame = 0;

  const draw = (): void => {
    if (current?.state !== 'pending') return;
    const { expiresAt } = current;
    const left =
      expiresAt === undefined ? '' : `, expires in ${duration(Date.parse(expiresAt) - io.now())}`;
    const text = `${FRAMES[frame++ % FRAMES.length]} ${duration(io.now() - startedAt)}${left}; Ctrl-C withdraws it`;
    io.err(`\r\u001b[K${text.slice(0, (io.columns() || 80) - 1)}`);
  };
  const note = (line: string): void => {
    if (isDrawn && current) io.err('\r\u001b[K');
    io.err(`${line}\n`);
  };
  const timer = isDrawn ? setInterval(draw, 120) : undefined;
  timer?.unref();

  return {
    note,
    show: (status) => {
      const line = describe(status);
      if (line !== last) note(`${line}${until(status)}`);
      last = line;
      current = status;
    },
    stop: () => {
      clearInterval(timer);
      if (isDrawn) io.err('\r\u001b[K');
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
