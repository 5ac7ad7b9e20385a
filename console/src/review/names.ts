import type { ApprovalPage } from '../wire.ts';

/** The name of a person, with the id where both are known and differ. */
export function nameIn({ names }: Pick<ApprovalPage, 'names'>, id: string): string {
  const name = names[id];
  return name === undefined || name === id ? id : name;
}
