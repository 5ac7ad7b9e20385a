export { serve, type ServeOptions } from './serve.ts';
export type { Gateway } from './main.ts';
export { describeFailure, StartFailure } from './start-failure.ts';
export { loadConfig } from './config/load.ts';
export { loadActionTypes } from './config/actions.ts';
export type { Config } from './config/config.ts';
export type { ConfigProblem } from './config/problem.ts';
export { createLive } from './live.ts';
export { exposedKeys, makeKeys } from './key-files.ts';
