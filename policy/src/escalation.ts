import { parseDuration, type EscalationStep } from '@countersign/core';

const MOST_STEPS = 3;
const MOST_REMINDERS = 5;

/** `20m: security-leads; 45m: ciso, cto` as steps; undefined when it is not that. */
export function stepsOf(text: string): readonly EscalationStep[] | undefined {
  const steps = text.split(';').map((part) => {
    const colon = part.indexOf(':');
    const afterMs = colon < 0 ? undefined : parseDuration(part.slice(0, colon).trim());
    const names = part.slice(colon + 1).split(',');
    const groups = [...new Set(names.map((name) => name.trim()))].toSorted();
    return afterMs === undefined || groups.includes('') ? undefined : { afterMs, groups };
  });
  const good = steps.filter((step) => step !== undefined);
  return good.length === steps.length && good.length <= MOST_STEPS && isRising(good.map(timeOf))
    ? good
    : undefined;
}

/** `5m, 15m` as milliseconds; undefined when it is not that. */
export function remindersOf(text: string): readonly number[] | undefined {
  const times = text.split(',').map((part) => parseDuration(part.trim()));
  const good = times.filter((time) => time !== undefined);
  return good.length === times.length && good.length <= MOST_REMINDERS && isRising(good)
    ? good
    : undefined;
}

const timeOf = ({ afterMs }: EscalationStep): number => afterMs;
const isRising = (times: readonly number[]): boolean =>
  times.every((time, i) => time > (times[i - 1] ?? 0));

/** What the annotations of one policy say together that cannot be: a time after it has expired, a step to nobody new. */
export function timeFaults(
  expiresMs: number,
  approvers: readonly string[],
  annotations: Readonly<Record<string, string>>,
): readonly { readonly name: string; readonly message: string; readonly hint: string }[] {
  const steps = stepsOf(annotations['escalate'] ?? '') ?? [];
  const times = [
    ...steps.map((step) => ({ name: 'escalate', ms: step.afterMs })),
    ...(remindersOf(annotations['remind'] ?? '') ?? []).map((ms) => ({ name: 'remind', ms })),
  ];
  const late = new Set(times.filter(({ ms }) => ms >= expiresMs).map(({ name }) => name));
  const asked = new Set(approvers);
  const isIdle = steps.some(({ groups }) => {
    const isNew = groups.some((group) => !asked.has(group));
    for (const group of groups) asked.add(group);
    return !isNew;
  });
  return [
    ...[...late].map((name) => ({
      name,
      message: `\`@${name}\` names a time at which the request has expired`,
      hint: 'choose times before `@expires`, which is 1h unless it says otherwise',
    })),
    ...(isIdle
      ? [
          {
            name: 'escalate',
            message: 'a step escalates to nobody who is not asked before',
            hint: 'name a group that is neither in `@approvers` nor in an earlier step',
          },
        ]
      : []),
  ];
}
