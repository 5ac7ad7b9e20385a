import type { Gatekeeper } from '@countersign/core';
import type { Roster } from '@countersign/identity';

/** After people changed, settles what nobody can answer any more; changes that come together are looked at once. Returns the way to stop. */
export function followRoster(
  roster: Pick<Roster, 'onChanged'>,
  gatekeeper: Pick<Gatekeeper, 'recheck'>,
  onFailure: (error: unknown) => void,
): () => Promise<void> {
  let isWanted = false;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (isWanted) {
      isWanted = false;
      await gatekeeper.recheck().catch(onFailure);
    }
  };
  const stop = roster.onChanged(() => {
    isWanted = true;
    running ??= run().finally(() => (running = undefined));
  });
  return async () => {
    stop();
    isWanted = false;
    await running;
  };
}
