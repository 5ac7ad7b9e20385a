import type { Entry } from '../entry.ts';
import { parseCheckpoint } from '../note/checkpoint.ts';
import { splitOrigin } from '../note/epoch.ts';
import { fail, ok, type Result } from '../result.ts';

/** Looks at entries that begin epochs; at the end, whether the checkpoint is of the last. */
export type EpochCheck = {
  readonly take: (entry: Entry, index: number) => Result<void>;
  readonly finish: () => Result<void>;
};

/** Epochs rise, each begins where its entry says, after a checkpoint of an earlier one; only the last signs (L26, L27). */
export function createEpochCheck(origin: string): EpochCheck {
  const { log, epoch: signed } = splitOrigin(origin);
  let now = 1;

  function whatIsWrong(entry: Entry, index: number): string | undefined {
    const { type, epoch, size, previous } = entry;
    if (type !== 'ledger.epoch-begun' || typeof epoch !== 'number' || epoch <= now)
      return `begins no epoch after ${now}`;
    now = epoch;
    if (size !== index) return 'does not say how many entries the log kept';
    if (previous === undefined) return undefined;
    const before = typeof previous === 'string' ? parseCheckpoint(previous) : undefined;
    const { log: name, epoch: last } = splitOrigin(before?.origin ?? '');
    return name === log && last < epoch ? undefined : 'holds no checkpoint of an earlier epoch';
  }

  return {
    take: (entry, index) => {
      if (entry.stream !== 'epochs') return ok(undefined);
      const wrong = whatIsWrong(entry, index);
      return wrong === undefined
        ? ok(undefined)
        : fail('epoch-mismatch', `entry ${index} (${entry.type}): ${wrong}`);
    },
    finish: () =>
      now === signed
        ? ok(undefined)
        : fail('epoch-mismatch', `the log is in epoch ${now}, but \`${origin}\` signed it`),
  };
}
