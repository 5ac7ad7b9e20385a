export { ok, err, assertNever, type Result } from './result.ts';
export { instant, after, parseDuration, type Instant } from './time.ts';
export { makeId, isId, type ActionId, type ApprovalId, type GrantId } from './ids.ts';
export { canonical, NotCanonical } from './canonical.ts';
export {
  StoreFailure,
  type AppendRefusal,
  type Appended,
  type Claim,
  type Clock,
  type Head,
  type Judge,
  type LedgerStore,
  type Standing,
  type StoredEntry,
  type Unit,
} from './ports.ts';
export {
  sha256,
  isSignedBy,
  makeSigningKeyPem,
  readSigningKey,
  type Digest,
  type SigningKey,
} from './crypto.ts';
export {
  EMPTY_ROOT,
  fromBytes,
  hashLeaf,
  hashPrefixed,
  toBytes,
  type Hash,
} from './ledger/hash.ts';
export {
  createTree,
  levelsOf,
  partialWidth,
  TILE_WIDTH,
  type Edge,
  type FullTile,
  type Tree,
} from './ledger/tree.ts';
export { parseTilePath, tilePath, type TilePath } from './ledger/tile-path.ts';
export { decodeBundle, encodeBundle } from './ledger/bundle.ts';
export {
  isConsistent,
  isIncluded,
  proveConsistency,
  proveInclusion,
  rootAt,
  type TileReader,
} from './ledger/proof.ts';
export { measureUnit, MAX_ENTRY_BYTES } from './ledger/unit.ts';
