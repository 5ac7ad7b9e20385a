import type { Arguments } from './action/schema.ts';
import {
  digestPayload,
  digestQuestion,
  seal,
  unseal,
  actionKey,
  type Payload,
} from './action/payload.ts';
import type { Approval } from './approval/approval.ts';
import type { Refusal } from './approval/command.ts';
import { decide } from './approval/decide.ts';
import { isDrill } from './approval/drill.ts';
import type { View } from './action/view.ts';
import { change, courseOf } from './change.ts';
import type { Digest } from './crypto.ts';
import type { Draft } from './draft.ts';
import type { GrantClaims, GrantProblem } from './grant/grant.ts';
import type { ActionId } from './ids.ts';
import { packQuestion, questionOf, unpackQuestion } from './question.ts';
import type { Parts } from './parts.ts';
import type { Judgement } from './judgement.ts';
import { withKillSwitch } from './kill-switch.ts';
import { err, ok, type Result } from './result.ts';
import type { Instant } from './time.ts';
import { isNotOver } from './waived.ts';

/** What an executor gets for a grant: the stored action, to be run as it is, once, before `deadline`. */
export type Released = {
  readonly actionId: ActionId;
  readonly type: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly arguments: Arguments;
  readonly digest: Digest;
  readonly credential: string | null;
  readonly deadline: Instant;
};

/** The sealed payload of an action; undefined once erased. Throws if it was tampered with. */
export async function opened(parts: Parts, stream: string): Promise<Payload | undefined> {
  return part(parts, stream, 'payload');
}

/** The view reviewers are shown; undefined when nobody was asked or it was erased. */
export async function shown(parts: Parts, stream: string): Promise<View | undefined> {
  return part(parts, stream, 'view');
}

async function keyOf({ store, secrets }: Parts, stream: string): Promise<Uint8Array | undefined> {
  const salt = await store.blob(stream, 'key');
  return salt && actionKey(stream, salt, secrets.masterKey);
}

async function part<N extends 'payload' | 'view'>(parts: Parts, stream: string, name: N) {
  const [key, blob] = await Promise.all([keyOf(parts, stream), parts.store.blob(stream, name)]);
  return key && blob ? unseal(stream, name, blob, key) : undefined;
}

/**
 * Redeem: recompute the digest (R3), judge again (R6), spend the grant by compare-and-append (R4), only then release.
 */
export async function runnable(
  parts: Parts,
  claims: GrantClaims,
  by: string,
): Promise<Result<Released, Refusal | GrantProblem | 'busy' | 'overloaded' | 'erased'>> {
  const { store, clock, directory, settings } = parts;
  const stream = claims.act;
  const [payload, key] = await Promise.all([opened(parts, stream), keyOf(parts, stream)]);
  if (!payload || !key) return err('erased');
  const digest = digestPayload(payload);
  if (digest !== claims.digest) return err('digest-mismatch');
  const { approval: seen } = await courseOf(store, stream);
  if (isDrill(seen)) return err('refused');
  if (seen.state === 'executing') return err('grant-spent'); // saves judging what cannot be redeemed
  const again = questionAgain(parts, payload);
  const answered = await parts.judge.judge(again);
  // asked for again where it is used: the switch may be thrown while the ledger is read
  const judgement = () => withKillSwitch(answered, directory(), payload.action.lineage.agent);
  // an engine that is starting over says nothing about this action: nothing is released, and nothing is settled
  if (judgement().code === 'engine-trap') return err('busy');
  const waived = 'waived' in seen ? (seen.waived ?? []) : [];
  const isWaived = await isStillWaived(parts, seen, answered);
  const question = packQuestion(again);
  const redeemed = await change(
    store,
    stream,
    (approval) => {
      const command = {
        type: 'redeem',
        by,
        grantId: claims.jti,
        digest,
        judgement: judgement(),
        directory: directory(),
        isWaived,
      } as const;
      const decided = decide(approval, command, clock());
      if (!decided.ok) return decided;
      return ok({
        events: decided.value.map((event) =>
          event.type === 'grant.redeemed' || event.type === 'approval.refused'
            ? { ...event, factsDigest: digestQuestion(question, payload.salt) }
            : event,
        ),
        blobs: seal(stream, { again: { question } }, key),
        ...(waived.length > 0 ? { claims: isWaived ? waived.map(isNotOver) : [] } : {}),
      });
    },
    settings,
  );
  if (!redeemed.ok) return redeemed;
  if (redeemed.value.state !== 'executing') return err('refused');
  return ok(releasedOf(stream, payload, digest, redeemed.value.deadline));
}

/** What was redeemed when it was recorded: the draft itself, of which the digest was made (R3). */
export function performed(
  approval: Approval,
  { id, payload, proposed }: Draft,
): Released | undefined {
  if (approval.state !== 'executing') return undefined;
  return releasedOf(id, payload, proposed.digest, approval.deadline);
}

function releasedOf(
  actionId: ActionId,
  { action, presentational }: Payload,
  digest: Digest,
  deadline: Instant,
): Released {
  const { type, resource, arguments: bound, credential } = action;
  const all = { ...presentational, ...bound };
  return { actionId, type, resource, arguments: all, digest, credential, deadline };
}

/** R6: whether the waiver an action went on under lifts what policy demands now. */
async function isStillWaived(
  { waivers }: Parts,
  approval: Approval,
  { requirements }: Judgement,
): Promise<boolean> {
  const use = 'waived' in approval ? approval.waived?.[0] : undefined;
  if (!use || !('proposed' in approval)) return false;
  return (await waivers?.holds(use, approval.proposed, requirements)) === true;
}

/** The same matter, its gate facts frozen, asked with the directory and the clock of now (R6). */
function questionAgain(
  { directory, clock, settings }: Parts,
  { question, action, inspectable }: Payload,
) {
  const { facts, action: judgedAs, resource } = unpackQuestion(question);
  const { base: _, ...frozen } = facts;
  const matter = { lineage: action.lineage, judgedAs, resource, facts: frozen, inspectable };
  return questionOf(matter, directory(), clock(), settings.timeZone);
}
