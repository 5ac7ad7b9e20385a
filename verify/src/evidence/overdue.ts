import { integerOf, textsOf } from './read.ts';
import type { Entry } from '../entry.ts';
import type { Requested } from './event.ts';
import { unmet } from './quorum.ts';
import type { Answers, Escalated } from './seats.ts';

/** How often and when last those who are asked were reminded (EV-17). */
export type Reminded = { readonly times: number; readonly at: number };

type Asking = Answers & { readonly asked: Requested };
type Wrong = string | undefined;

/** What a step adds, or what is wrong with it: its time, its order, its groups, or what it is for (EV-16). */
export function escalate(
  asking: Asking,
  entry: Entry,
): { readonly escalated: readonly Escalated[]; readonly wrong: Wrong } {
  const { asked, escalated = [], votes } = asking;
  const policies = textsOf(entry, 'policies');
  const groups = textsOf(entry, 'groups');
  const step = integerOf(entry, 'step');
  const isOf = (one: { readonly policies: readonly string[] }): boolean =>
    one.policies.join('\n') === policies.join('\n');
  const requirement = openNow(asking, entry.at).find(isOf);
  const planned = requirement?.escalation[step - 1];
  const isNext = escalated.filter(isOf).length === step - 1;
  const isSame = planned?.groups.join('\n') === groups.join('\n');
  const wrong =
    (isNext && planned && isSame ? undefined : 'is not the next step of what is still asked') ??
    (planned && entry.at < asked.at + planned.afterMs ? 'escalated before its time' : undefined) ??
    whenIsWrong(asked, entry);
  return { escalated: [...escalated, { step, policies, groups, after: votes.length }], wrong };
}

/** What a reminder adds, or what is wrong with it: its number, or its time (EV-17). */
export function remind(
  asking: Asking & { readonly reminded: Reminded | undefined },
  entry: Entry,
): { readonly reminded: Reminded; readonly wrong: Wrong } {
  const { asked, reminded } = asking;
  const times = integerOf(entry, 'reminder');
  const since = reminded?.at ?? asked.at;
  const isDue = openNow(asking, entry.at)
    .flatMap(({ remindMs }) => remindMs.map((ms) => asked.at + ms))
    .some((due) => since < due && due <= entry.at);
  const wrong =
    (times === (reminded?.times ?? 0) + 1 ? undefined : 'is not the next reminder') ??
    (isDue ? undefined : 'nobody was to be reminded then') ??
    whenIsWrong(asked, entry);
  return { reminded: { times, at: entry.at }, wrong };
}

const whenIsWrong = ({ expiresAt }: Requested, { at }: Entry): Wrong =>
  at < expiresAt ? undefined : 'comes after the request had expired';

/** What is not met and whose stage is asked. */
function openNow({ asked, ...answers }: Asking, at: number) {
  const open = unmet(asked.requirements, answers, at);
  const stage = Math.min(...open.map((one) => one.stage));
  return open.filter((one) => one.stage <= stage);
}
