import { canonical, sha256, utf8 } from '@countersign/core';
import { openPolicySet, rejudge, type DecisionRecord } from '@countersign/policy';
import { Failure, type Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { actionIdOf } from '../gateway.ts';
import { field, plain, styleOf } from '../text.ts';
import { personsGateway } from './approvals.ts';

/** Judges a past action again, by the policies of then and here: the answer must be the same, byte for byte. */
export const explain: Run = async (call) => {
  const { io } = call;
  const gateway = personsGateway(call);
  const { record, policySet } = await gateway.explanation(
    await actionIdOf(gateway, call.words[0] ?? ''),
  );
  const past = record as unknown as DecisionRecord;
  if (policySet === null) throw new Failure('policy-set-missing', 'its policy set is not kept');
  const bytes = utf8(canonical(policySet));
  if (sha256(bytes) !== past.policyDigest)
    throw new Failure('policy-set-mismatch', 'the policy set is not the one that decided');
  const { record: now, isIdentical } = await rejudge(past, await openPolicySet(bytes));
  if (call.has('json')) io.out(`${JSON.stringify({ record: past, isIdentical, now })}\n`);
  else io.out(explanationOf(past) + reproducedText(isIdentical, now, styleOf(io)));
  return isIdentical ? EXIT.done : EXIT.failed;
};

const ids = (label: string, list: readonly string[]): string =>
  list.length === 0 ? '' : field(label, list.map(plain).join(', '));

function explanationOf(record: DecisionRecord): string {
  const { verdict, code, request, matched, errors, shadow } = record;
  return [
    `${verdict} (${code})  ${plain(`${request.agent}: ${request.action} on ${request.resource.type}::${request.resource.id}`)}\n`,
    field('decided', record.decidedAt),
    record.explanation.length === 0 ? '' : field('because', ...record.explanation.map(plain)),
    ids('permits', matched.permit),
    ids('forbids', matched.forbid),
    ids('reviews', matched.review),
    ids('in shadow', shadow),
    ids(
      'erred',
      errors.map(({ policy }) => policy),
    ),
    field(
      'policy',
      `${record.policyDigest}${record.gitCommit === undefined ? '' : ` at ${record.gitCommit}`}`,
    ),
    field('engine', record.engine),
  ].join('');
}

const reproducedText = (
  isIdentical: boolean,
  now: DecisionRecord,
  { green, red }: ReturnType<typeof styleOf>,
): string =>
  field(
    'judged again',
    isIdentical
      ? green('the same, byte for byte')
      : red(`NOT the same: ${now.verdict} (${now.code})`),
  );
