export type {
  Catalog,
  CatalogFollower,
  Classes,
  Column,
  FunctionClass,
  Holds,
  Relation,
} from './catalog/catalog.ts';
export {
  createCatalogFollower,
  type CatalogConnection,
  type FollowerParts,
} from './catalog/follower.ts';
export type {
  Admission,
  BoundValue,
  House,
  QueryArguments,
  QueryRun,
  QueryStatus,
} from './house.ts';
export type { Asked, Judge, Judged, NotRun, Permit } from './judge/judge.ts';
export type { ResultMasking, RowMask } from './mask/mask.ts';
export type { DatabaseSettings, Mounted, PostgresParts } from './parts.ts';
export type { Credentials, Peer, ScramVerifier } from './peer.ts';
export type {
  Classified,
  Classify,
  Kind,
  NameUse,
  StatementFacts,
  TextFacts,
} from './sql/facts.ts';
export { UpstreamFailure, type Connection, type Lane, type Upstream } from './upstream.ts';
