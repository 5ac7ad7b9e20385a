export { createFixedClock, type FixedClock } from './fixed-clock.ts';
export { createMemoryStore } from './memory-store.ts';
export { describeStoreContract } from './store-contract.ts';
export type { MakeStore, Runner } from './contract-parts.ts';
