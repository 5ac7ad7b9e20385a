import type { ApprovalPage, Similar } from '@countersign/api';
import {
  decodeEntry,
  isDrill,
  progressOf,
  revealable,
  shown,
  standIns,
  statusOf,
  toIso,
} from '@countersign/core';
import { decidedAt, type Asked } from './asked.ts';
import type { Exchange } from './exchange.ts';
import { mayBreakGlass } from './may-break.ts';
import { namesOf } from './names.ts';
import { byDecision, outcomeOf, type Past } from './past.ts';
import { mayOfCaller, maySee } from './rights.ts';
import { publicStatus, type Sight } from './see.ts';
import { timelineOf } from './timeline.ts';

type Reader = Pick<Exchange, 'caller'>;

/** Everything a reviewer needs to decide. */
export async function page(
  sight: Sight,
  past: Past,
  approval: Asked,
  reader: Reader,
): Promise<ApprovalPage> {
  const { parts } = sight;
  const status = statusOf(approval);
  if (!status) throw new TypeError('an asked approval has a status');
  const { actionId } = approval.proposed;
  const [view, entries, masked, similar] = await Promise.all([
    shown(parts, actionId),
    parts.store.read(actionId),
    revealable(parts, actionId),
    similarTo(sight, past, approval, reader),
  ]);
  const timeline = timelineOf(entries.map(decodeEntry), parts.display.text);
  const directory = parts.directory();
  const standing = approval.state === 'pending' ? standIns(approval, directory) : [];
  const sitting = standing.map(({ person, seat }) => ({
    person: person.id,
    for: seat.person,
    until: toIso(seat.until),
  }));
  return {
    status: publicStatus(status),
    version: approval.asked.version,
    seenDigest: approval.asked.seenDigest,
    ...(view ? { view } : {}),
    votes: approval.votes.map(voteItem),
    may: {
      ...mayOfCaller(parts, approval, reader.caller),
      ...(mayBreakGlass(sight, approval, reader.caller) ? { breakGlass: true } : {}),
    },
    requirements: progressOf(approval, directory, parts.clock()).map(requirementItem),
    ...(sitting.length > 0 && { standIns: sitting }),
    timeline,
    similar,
    names: namesOf(directory, [
      ...peopleIn(approval),
      ...timeline.map(({ by }) => by),
      ...sitting.flatMap((one) => [one.person, one.for]),
    ]),
    revealable: masked,
    ...waivableOf(approval),
  };
}

/** The lowest ceilings, where every demand may be waived. */
function waivableOf({ asked }: Asked): Pick<ApprovalPage, 'waivable'> {
  const ceilings = asked.requirements.map(({ waivable }) => waivable);
  if (!ceilings.every((one) => one !== undefined)) return {};
  const [ms, uses] = (['ms', 'uses'] as const).map((name) =>
    Math.min(...ceilings.map((one) => one[name])),
  );
  return ms === undefined || uses === undefined ? {} : { waivable: { ms, uses } };
}

const voteItem = ({
  statement,
  assurance,
  channel,
  reason,
}: Asked['votes'][number]): ApprovalPage['votes'][number] => ({
  person: statement.person,
  choice: statement.choice,
  assurance,
  channel,
  at: toIso(statement.issuedAt),
  ...(reason === undefined ? {} : { reason }),
});

const requirementItem = ({
  requirement: { kind, assurance, stage },
  groups,
  have,
  need,
}: ReturnType<typeof progressOf>[number]): ApprovalPage['requirements'][number] => ({
  kind,
  groups,
  assurance,
  stage,
  have,
  need,
});

/** Everybody a page speaks of. */
export const peopleIn = ({
  proposed,
  asked,
  votes,
  confirmed,
}: Asked): readonly (string | undefined)[] => {
  const { owner, onBehalfOf, startedBy, editors, delegators } = proposed.lineage;
  const voters = [...votes, ...(confirmed ? [confirmed] : [])];
  return [owner, onBehalfOf, startedBy, ...editors, ...delegators].concat(
    asked.excluded.map(({ human }) => human),
    voters.map(({ statement }) => statement.person),
  );
};

const SHOWN = 5;

/** What was decided of the same kind on the same resource, as far as the reader may see it. */
async function similarTo(
  { parts, access }: Sight,
  past: Past,
  { proposed }: Asked,
  { caller }: Reader,
): Promise<Similar> {
  const { actionId, actionType, resource } = proposed;
  const decided = await past.decided();
  const now = { directory: parts.directory(), access: access() };
  const alike = decided
    .filter(
      (one) =>
        one.proposed.actionType === actionType &&
        one.proposed.resource.type === resource.type &&
        one.proposed.resource.id === resource.id &&
        one.proposed.actionId !== actionId &&
        !isDrill(one) && // how those were answered is no precedent
        maySee(caller, one, now),
    )
    .toSorted(byDecision);
  const count = (outcome: ReturnType<typeof outcomeOf>): number =>
    alike.filter((one) => outcomeOf(one) === outcome).length;
  const items = await Promise.all(
    alike.slice(0, SHOWN).map(async (one) => ({
      approvalId: one.asked.approvalId,
      state: one.state,
      headline: (await shown(parts, one.proposed.actionId))?.headline ?? `${actionType} (erased)`,
      agent: one.proposed.lineage.agent,
      decidedAt: toIso(decidedAt(one) ?? one.proposed.at),
    })),
  );
  const counts = { approved: count('approved'), denied: count('denied'), other: count('other') };
  return { among: decided.length, ...counts, items };
}
