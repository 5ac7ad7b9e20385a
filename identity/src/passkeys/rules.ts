import { err, ok, type Instant, type Result } from '@countersign/core';
import type { Because, Passkey, PasskeyEvent, PasskeyFacts } from '../roster/passkeys.ts';
import { factsOf, passkeysOf, usableBy } from '../roster/passkeys.ts';
import type { RosterState } from '../roster/state.ts';
import type { PasskeyCode } from './refusal.ts';
import type { Site } from './site.ts';

// Who may let a passkey in. Recovery never weakens a level: whoever lost theirs begins with a second person, never alone.

/** What a new passkey needs besides the person's own recent sign-in. */
export type Needs = 'nothing' | 'second-person' | 'existing-passkey';

/** What the rules look at. */
export type Setting = {
  readonly site: Site;
  /** Whether a first passkey needs a second person as well. */
  readonly secondPerson: 'always' | 'recovery';
  /** The human behind an account. */
  readonly humanOf: (person: string) => string;
};

type State = Pick<RosterState, 'passkeys'>;

/** What a further passkey of a person needs now. */
export function needsOf(state: State, person: string, { site, ...setting }: Setting): Needs {
  if (usableBy(state.passkeys, person, site).length > 0) return 'existing-passkey';
  const human = setting.humanOf(person);
  // linked accounts are one human: an account without passkeys is no way around those of another
  const had = [...state.passkeys.had].some((one) => setting.humanOf(one) === human);
  return had || setting.secondPerson === 'always' ? 'second-person' : 'nothing';
}

/** An enrolled passkey's word for a new one, checked. */
export type Vouched = Extract<Because, { because: 'existing-passkey' }>['vouched'];

const MOST = 20;

/** A new passkey: enrolled at once where what it needs is there, else it waits for a second person. */
export function planRegistration(
  state: State,
  at: Instant,
  made: { readonly person: string; readonly facts: PasskeyFacts; readonly vouched?: Vouched },
  setting: Setting,
): Result<readonly PasskeyEvent[], PasskeyCode> {
  const { person, facts, vouched } = made;
  // a credential is registered once, ever: that is also what keeps an answer from being used twice
  if (state.passkeys.byCredential.has(facts.credential)) return err('passkey-known');
  const have = (['waiting', 'enrolled'] as const).flatMap((one) =>
    passkeysOf(state.passkeys, person, one),
  );
  if (have.length >= MOST) return err('too-many-passkeys');
  const common = { at, by: person, person, ...factsOf(facts) };
  if (vouched) {
    const refusal = whyNotVouch(state, person, facts, vouched);
    return refusal
      ? err(refusal)
      : ok([{ type: 'passkey.enrolled', ...common, because: 'existing-passkey', vouched }]);
  }
  return needsOf(state, person, setting) === 'nothing'
    ? ok([{ type: 'passkey.enrolled', ...common, because: 'first' }])
    : ok([{ type: 'passkey.registered', ...common }]);
}

function whyNotVouch(
  { passkeys }: State,
  person: string,
  { level }: PasskeyFacts,
  { proof }: Vouched,
): PasskeyCode | undefined {
  const by = passkeys.byCredential.get(proof.credential);
  if (by?.person !== person || by.state !== 'enrolled') return 'passkey-unknown';
  return level === 'hardware' && by.level !== 'hardware' ? 'passkey-too-weak' : undefined;
}

/** A second person lets a waiting passkey in: another human than the one it is of. */
export function planEndorsement(
  { passkeys }: State,
  at: Instant,
  { by, credential }: { readonly by: string; readonly credential: string },
  { humanOf, isActive }: Pick<Setting, 'humanOf'> & { readonly isActive: (id: string) => boolean },
): Result<readonly PasskeyEvent[], PasskeyCode> {
  const passkey = passkeys.byCredential.get(credential);
  if (passkey?.state !== 'waiting') return err('passkey-unknown');
  const { person } = passkey;
  if (humanOf(by) === humanOf(person)) return err('own-passkey'); // R5
  if (!isActive(person)) return err('inactive-person');
  const facts = factsOf(passkey);
  return ok([{ type: 'passkey.enrolled', at, by, person, ...facts, because: 'second-person' }]);
}

/** Takes a passkey away, for good: by the person, or by an administrator. */
export function planRemoval(
  { passkeys }: State,
  at: Instant,
  {
    by,
    credential,
    isAnyones,
  }: {
    readonly by: string;
    readonly credential: string;
    readonly isAnyones: boolean;
  },
): Result<readonly PasskeyEvent[], PasskeyCode> {
  const passkey = passkeys.byCredential.get(credential);
  if (!passkey || passkey.state === 'removed' || (!isAnyones && passkey.person !== by))
    return err('passkey-unknown');
  return ok([{ type: 'passkey.removed', at, by, person: passkey.person, credential }]);
}

/** Every passkey that waits for a second person. */
export const waitingIn = ({ passkeys }: State): readonly Passkey[] =>
  [...passkeys.byCredential.values()].filter(({ state }) => state === 'waiting');
