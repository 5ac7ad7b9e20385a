import type { MakeCheck } from './check.ts';
import type { Limits } from '../evidence.ts';

/** Caps and joins: at no point in ledger order does an agent wait for too many, or two streams for the same. */
export const createWaitingCheck: MakeCheck<Pick<Limits, 'mostPending'>> = (tell, limits) => {
  const waiting = new Map<string, Set<string>>();
  const open = new Map<string, string>();
  return {
    see: ({ seq, stream, before, after }) => {
      if (before.state !== 'pending' && after.state === 'pending') {
        const { lineage, fingerprint } = after.proposed;
        const streams = waiting.get(lineage.agent) ?? new Set();
        waiting.set(lineage.agent, streams.add(stream));
        if (streams.size > limits.mostPending)
          tell({
            rule: 'cap-exceeded',
            seqs: [seq],
            ids: [lineage.agent, ...streams],
            detail: `${streams.size} wait at once, ${limits.mostPending} may`,
          });
        const twin = open.get(fingerprint);
        if (twin !== undefined)
          tell({
            rule: 'twins-open',
            seqs: [seq],
            ids: [twin, stream],
            detail: 'the same action waits twice instead of being joined',
          });
        open.set(fingerprint, stream);
      }
      if (before.state === 'pending' && after.state !== 'pending') {
        const { lineage, fingerprint } = before.proposed;
        waiting.get(lineage.agent)?.delete(stream);
        if (open.get(fingerprint) === stream) open.delete(fingerprint);
      }
    },
  };
};
