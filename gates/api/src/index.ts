export type { ApiActionType, FactRule, TypeProblem } from './action-type.ts';
export type { Catalogue, Listed, Resource, Table } from './catalogue.ts';
export { createApiGate } from './gate.ts';
export { readActionTypes } from './read-types.ts';
