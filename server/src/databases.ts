// What is done about databases besides serving them. A door of its own: it loads the gate, which a gateway without one does not.
export { loadConfig } from './config/load.ts';
export { classesFileOf } from './config/data-classes.ts';
export type { DatabaseEntry } from './config/postgres.ts';
export { OperationFailure } from './operations/failure.ts';
export { classifyDatabase, type Classification } from './postgres/classify/classify.ts';
export type { Difference } from './postgres/classify/compare.ts';
export { entryByUrl } from './postgres/classify/by-url.ts';
export { lookAtDatabases, type DatabaseFinding } from './postgres/look/look.ts';
