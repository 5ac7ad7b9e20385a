import { join } from 'node:path';
import { createLogSigner, originInEpoch, type NoteSigner } from '@countersign/core';
import type { Config } from '../config/config.ts';
import { openKeys, type Keys } from '../keys.ts';
import { originOf } from '../settings.ts';

/** Who a ledger is. */
export type Identity = {
  readonly keys: Keys;
  /** Origin of its first epoch. */
  readonly log: string;
  readonly signerIn: (epoch: number) => NoteSigner;
};

/** Who the ledger of a configuration is. Its keys must be there: what comes without them is not made up. */
export function identityOf(config: Config): Identity {
  const keys = openKeys(config.keysDir ?? join(config.dataDir, 'keys'), { isNew: false });
  const log = originOf(config, keys.installation);
  return {
    keys,
    log,
    signerIn: (epoch) => createLogSigner(originInEpoch(log, epoch), keys.ledgerIn(epoch)),
  };
}
