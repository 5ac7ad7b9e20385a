import { TypedFact } from '@countersign/core';
import type { Config } from '../config/config.ts';
import { DATABASE } from '../resources.ts';

/** Who answers for the data of a database, as its attributes say. */
export function ownerOf({ resources, postgres }: Config, database: string): string | undefined {
  const listed = resources.find(({ type, id }) => type === DATABASE && id === database);
  const entry = listed ?? postgres.databases.find(({ name }) => name === database);
  const owner = entry?.attrs['owner'];
  if (owner instanceof TypedFact) return owner.value;
  return typeof owner === 'string' ? owner : undefined;
}
