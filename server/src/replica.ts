import { hostname } from 'node:os';
import { base64url, random } from '@countersign/core';
import { VERSION } from './settings.ts';

/** Which process this is, among those that serve one ledger. */
export type Replica = { readonly replica: string; readonly version: string };

/** Named by its machine (in Kubernetes its pod), with random letters of this start. */
export const makeReplica = (): Replica => ({
  replica: `${hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-')}-${base64url(random(4))}`,
  version: VERSION,
});
