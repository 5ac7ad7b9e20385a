import { type Clock, type Instant } from '@countersign/core';

/** What may go wrong for a while, beside the path of an action or on it. */
export const TROUBLES = [
  'ledger',
  'policy-reload',
  'config-reload',
  'config-record',
  'checkpoints',
  'telemetry',
  'sign-in',
  'agents-tls',
  'channels',
] as const;
export type TroubleName = (typeof TROUBLES)[number];

/** Something that goes wrong until it goes right again. */
type Trouble = { readonly code: string; readonly since: Instant };

/** What goes wrong now. */
export type Troubles = {
  /** It went wrong; true if it had not before. */
  readonly begin: (name: TroubleName, code: string) => boolean;
  /** It went right; true if it had not before. */
  readonly end: (name: TroubleName) => boolean;
  readonly now: (name: TroubleName) => Trouble | undefined;
};

/** Remembers each trouble from its first failure on; the code is that of the newest. */
export function createTroubles(clock: Clock): Troubles {
  const open = new Map<TroubleName, Trouble>();
  return {
    begin: (name, code) => {
      const before = open.get(name);
      open.set(name, { code, since: before?.since ?? clock() });
      return before === undefined;
    },
    end: (name) => open.delete(name),
    now: (name) => open.get(name),
  };
}
