import type { Exchange } from './exchange.ts';
import { actionOf, see, type Sight } from './see.ts';
import {
  isId,
  RISKS,
  ASSURANCES,
  type Assurance,
  type Instant,
  type Person,
  type Risk,
} from '@countersign/core';
import { foldOf } from './folds.ts';
import type { Visible } from './rights.ts';

/** An approval that people were asked about. */
export type Asked = Visible & { readonly asked: NonNullable<Visible['asked']> };

export const isAsked = (approval: Visible | undefined): approval is Asked =>
  approval?.asked !== undefined;

/** The highest risk of what is demanded. */
export const riskOf = ({ asked }: Asked): Risk =>
  RISKS[Math.max(...asked.requirements.map(({ risk }) => RISKS.indexOf(risk)))] ?? 'critical';

/** The highest assurance that is demanded. */
export const assuranceAsked = ({ asked }: Asked): Assurance =>
  ASSURANCES[
    Math.max(...asked.requirements.map(({ assurance }) => ASSURANCES.indexOf(assurance)))
  ] ?? 'hardware';

/** When people's part was over: with their yes, or with whatever else ended the wait. */
export function decidedAt(approval: Asked): Instant | undefined {
  if (approval.state === 'pending') return undefined;
  return approval.grant?.notBefore ?? ('last' in approval ? approval.last.at : undefined);
}

/** Whether a human has answered, under any account. */
export const hasAnswered = ({ votes, confirmed }: Asked, human: string): boolean =>
  confirmed?.human === human || votes.some((vote) => vote.human === human);

/** Whether a person was left in peace with a request, because they were asked enough; they may answer all the same. */
export const isSpared = ({ asked }: Asked, { human }: Pick<Person, 'human'>): boolean =>
  asked.spared?.includes(human) === true;

/** A request that the caller may see. */
export async function seeAsked(
  sight: Sight,
  { caller, param }: Pick<Exchange, 'caller' | 'param'>,
): Promise<Asked | undefined> {
  const action = await actionOf(sight, param);
  const approval = action && (await see(sight, caller, action));
  return isAsked(approval) ? approval : undefined;
}

/** A request that people were asked about, read from the ledger now. */
export async function askedOf(
  sight: { readonly parts: Pick<Sight['parts'], 'store'> },
  id: string,
): Promise<Asked | undefined> {
  const { store } = sight.parts;
  const stream = isId('apr', id) ? await store.byApproval(id) : undefined;
  const approval = stream === undefined ? undefined : foldOf(await store.read(stream));
  return isAsked(approval) ? approval : undefined;
}
