export { createFixedClock, type FixedClock } from './fixed-clock.ts';
export { createMemoryStore } from './memory-store.ts';
