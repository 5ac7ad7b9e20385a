// an installation's random name has 16 digits, so it is never taken for an epoch
const NUMBERED = /^(.+)\/([2-9]|[1-9]\d{1,5})$/;

/** A log's own origin, and the epoch, of an origin (L26). */
export function splitOrigin(origin: string): { readonly log: string; readonly epoch: number } {
  const [, log, epoch] = NUMBERED.exec(origin) ?? [];
  return log === undefined ? { log: origin, epoch: 1 } : { log, epoch: Number(epoch) };
}

/** Whether what was said under one origin may stand in the log of the other: the same log, in this or an earlier epoch. */
export function isUpTo(said: string, origin: string): boolean {
  const [then, now] = [splitOrigin(said), splitOrigin(origin)];
  return then.log === now.log && then.epoch <= now.epoch;
}
