import { base64url, hmac, type Clock, type LedgerStore } from '@countersign/core';
import type { Keys } from './keys.ts';
import { record } from './record.ts';
import { StartFailure } from './start-failure.ts';

const STREAM = 'installation';

// proves that a secret is the same one; says nothing else about it, and nothing else is ever put under it in these words
const CHECK = 'countersign installation check v1';

/** What an installation is known by, and what to call it where it differs. */
const NAMES = {
  installation: '`installation`',
  ledgerKey: '`ledger.pem`',
  grantKey: '`grant.pem`',
  masterCheck: '`master.key`',
  fingerprintCheck: '`fingerprint.key`',
} as const;
type Mark = Readonly<Record<keyof typeof NAMES, string>>;

const markOf = (keys: Keys): Mark => ({
  installation: keys.installation,
  ledgerKey: base64url(keys.ledger.publicKey),
  grantKey: base64url(keys.grant.publicKey),
  masterCheck: hmac(keys.master, CHECK),
  fingerprintCheck: hmac(keys.fingerprint, CHECK),
});

/**
 * Every gateway on one ledger has the same keys: the first writes down what shows it, the others compare.
 * With other keys it would sign a second history, and seal what nobody else could open.
 */
export async function checkInstallation(
  store: LedgerStore,
  keys: Keys,
  { dir, clock }: { readonly dir: string; readonly clock: Clock },
): Promise<void> {
  const mark = markOf(keys);
  await record(store, STREAM, ([first]) => {
    if (!first) return { event: { type: 'installation.made', at: clock(), ...mark } };
    compare(JSON.parse(first.entry) as Partial<Mark>, mark, dir);
    return undefined;
  });
}

function compare(known: Partial<Mark>, mark: Mark, dir: string): void {
  const marks = Object.keys(NAMES) as readonly (keyof Mark)[];
  const other = marks.filter((name) => known[name] !== mark[name]).map((name) => NAMES[name]);
  if (other.length === 0) return;
  throw new StartFailure(
    'keys-differ',
    `${other.join(', ')} in \`${dir}\` ${other.length === 1 ? 'is not that' : 'are not those'} of this ledger`,
    {
      hint: 'give every gateway on one ledger the same set of keys (`keys_dir`), or connect to the ledger of these',
    },
  );
}
