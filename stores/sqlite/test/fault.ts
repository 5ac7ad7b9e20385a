// Faults for the crash table.

/** The steps a batch, and a checkpoint, goes through; the fault strikes when one is reached for the nth time. */
export const STEPS = {
  post: 9,
  begin: 9,
  insert: 777,
  tile: 3,
  head: 9,
  commit: 9,
  reply: 9,
  'last-signed-sync': 5,
  'last-signed-rename': 5,
} as const;
export type Step = keyof typeof STEPS;

/** Not done and reported so; done but reported as failed; killed before; killed after; not done but reported as done. */
export type How = 'fails' | 'persisted' | 'kill-before' | 'kill-after' | 'lies';
export type Fault = { readonly step: Step; readonly how: How };

const FULL = { code: 'ERR_SQLITE_ERROR', errcode: 13 };

/** Puts the fault of the environment around a step; other steps stay as they are. */
export function faulty<T>(step: Step): (work: () => T) => T {
  const fault: Fault | undefined = JSON.parse(process.env['TEST_FAULT'] ?? 'null') ?? undefined;
  let left: number = STEPS[step];
  return (work) => (fault?.step !== step || --left !== 0 ? work() : strike(fault.how, work));
}

function strike<T>(how: How, work: () => T): T {
  const failure = Object.assign(new Error('injected'), FULL);
  switch (how) {
    case 'kill-before':
      return die();
    case 'kill-after':
      return settled(work(), die);
    case 'persisted':
      return settled(work(), () => {
        throw failure;
      });
    case 'lies':
      return undefined as T;
    default:
      throw failure;
  }
}

/** Goes on once the work is done, be it a promise or not. */
function settled<T>(result: T, then: () => never): T {
  if (result instanceof Promise) return result.then(then) as T;
  return then();
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}
