export { createPostgresGate, type Known } from './gate.ts';
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
  Estimate,
  House,
  QueryArguments,
  QueryRun,
  QueryStatus,
} from './house.ts';
export { createJudge, type JudgeParts } from './judge/create.ts';
export { createEstimator, type Estimator } from './judge/explain.ts';
export type { Asked, Judge, Judged, NotRun, Permit } from './judge/judge.ts';
export { DATABASE, GATE_AUDIENCE, SQL_QUERY } from './names.ts';
export type { ResultMasking, RowMask } from './mask/mask.ts';
export { createResultMasking, type ResultMaskingParts } from './mask/results.ts';
export type { DatabaseSettings, Mounted, PostgresParts } from './parts.ts';
export type { Credentials, Peer, ScramAccount, ScramKeys } from './peer.ts';
export { serve } from './session/serve.ts';
export { loadClassify } from './sql/classify.ts';
export { shapeOf } from './sql/shape.ts';
export type {
  Classified,
  Classify,
  Kind,
  NameUse,
  StatementFacts,
  TextFacts,
} from './sql/facts.ts';
export { UpstreamFailure, type Connection, type Lane, type Upstream } from './upstream.ts';
export { listen, type Listener, type ListenOptions } from './wire/listen.ts';
export { turnAway } from './wire/turn-away.ts';
export { scramKeysOf } from './wire/scram.ts';
export { createUpstream, type LaneLogin, type UpstreamParts } from './wire/upstream.ts';
