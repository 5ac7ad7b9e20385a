export { createFixedClock, type FixedClock } from './fixed-clock.ts';
export { describeDumpContract, type Loaded, type Store } from './dump-contract.ts';
export { createMemoryStore, type MemoryStore } from './memory-store.ts';
export { describeStoreContract } from './store-contract.ts';
export type { MakeStore, Runner } from './contract-parts.ts';
export {
  describeChannelContract,
  type ChannelTested,
  type Fault,
  type Looked,
} from './channel-contract.ts';
export {
  HOSTILE,
  hostileCard,
  sampleCard,
  sampleNotice,
  sampleView,
  seenOf,
  settledCard,
} from './channel-sample.ts';
