export { serve, type ServeOptions } from './serve.ts';
export type { Gateway } from './main.ts';
export { describeFailure, StartFailure } from './start-failure.ts';
