import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jwkOf, type NoteSigner, type SigningKey } from '@countersign/core';

/** A C2SP tlog-policy that names the ledger's key of every epoch, and no witness. */
export const trustOf = (signers: readonly NoteSigner[]): string =>
  `${signers.map(({ vkey }) => `log ${vkey}\n`).join('')}quorum none\n`;

/**
 * Writes what an auditor of this installation needs to check it without us: `trust.txt`, a C2SP tlog-policy naming the
 * ledger's key of every epoch, and `grant-keys.json`, the JWK set of its grants. Public; hand them over by a way you trust.
 */
export function writeTrustFiles(dataDir: string, trust: string, grantKey: SigningKey): void {
  const put = (name: string, text: string): void => {
    const path = join(dataDir, name);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  put('trust.txt', trust);
  put('grant-keys.json', `${JSON.stringify({ keys: [jwkOf(grantKey.publicKey)] })}\n`);
}
