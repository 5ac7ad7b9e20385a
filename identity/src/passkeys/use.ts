import { err, ok, type Instant, type Result } from '@countersign/core';
import type { Passkey, PasskeyEvent } from '../roster/passkeys.ts';
import type { Roster } from '../roster/roster.ts';
import type { RosterState } from '../roster/state.ts';

/** Uses of a passkey that does not count are told at most this often: it is only shown when it was used last. */
const TELL_MS = 86_400_000;

type Use = { readonly key: Passkey; readonly counter: number };

/** What there is to tell of a use: a counter that went on, or the first use of a day. */
function useOf(
  { passkeys }: Pick<RosterState, 'passkeys'>,
  { key: { credential, person }, counter }: Use,
  at: Instant,
): Result<readonly PasskeyEvent[], 'counter-regressed'> {
  const known = passkeys.byCredential.get(credential);
  if (!known) return ok([]);
  if ((counter > 0 || known.counter > 0) && counter <= known.counter)
    return err('counter-regressed');
  const isTold = counter === 0 && at - (known.lastUsedAt ?? 0) < TELL_MS;
  return ok(isTold ? [] : [{ type: 'passkey.used', at, by: person, person, credential, counter }]);
}

/** Records a use. Of two uses at one count, at any two gateways, one is refused: one of them is a copy's. */
export async function recordUse(
  roster: Pick<Roster, 'change'>,
  use: Use,
): Promise<Result<undefined, 'counter-regressed' | 'busy' | 'overloaded'>> {
  const told = await roster.change((state, at) => {
    const events = useOf(state, use, at);
    return events.ok ? ok({ events: events.value }) : events;
  });
  return told.ok ? ok(undefined) : told;
}

/** Records that a passkey counted backwards: it may have been copied. */
export async function recordRegression(
  roster: Pick<Roster, 'change'>,
  { person, credential, counter }: Passkey,
): Promise<void> {
  await roster.change<never>((_, at) =>
    ok({
      events: [{ type: 'passkey.counter-regressed', at, by: person, person, credential, counter }],
    }),
  );
}
