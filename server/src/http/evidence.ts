import { recordDecision } from '@countersign/policy';
import {
  buildReceipt,
  definitionOf,
  opened,
  shown,
  unpackQuestion,
  type Action,
  type Checkpointer,
  type Digest,
  type Disclosures,
  type StoredEntry,
  type ToolDefinition,
} from '@countersign/core';
import type { Roster, RosterState } from '@countersign/identity';
import { json, type Handlers } from './exchange.ts';
import { refuse, refused } from './refuse.ts';
import { maySeeUnmasked } from './rights.ts';
import { see, type Sight } from './see.ts';

export type EvidenceParts = {
  readonly sight: Sight;
  readonly roster: Pick<Roster, 'now'>;
  /** The bytes of a set that was in force once: JCS `{schema, policies}`. */
  readonly keptSet: (digest: Digest) => Promise<Uint8Array | undefined>;
  readonly checkpointer: Pick<Checkpointer, 'current'>;
};

/** What proves and explains an action afterwards. */
export function evidenceRoutes({
  sight,
  roster,
  keptSet,
  checkpointer,
}: EvidenceParts): Pick<Handlers, 'receipt' | 'explanation'> {
  return {
    receipt: async (exchange) => {
      const { caller, param, query } = exchange;
      const approval = await see(sight, caller, param);
      if (!approval) return refuse(exchange, 'not-found');
      const isDisclosed = query['disclose'] === 'action';
      if (isDisclosed && !maySeeUnmasked(caller)) return refuse(exchange, 'not-yours');
      const { actionId } = approval.proposed;
      if (isDisclosed && caller.kind === 'person') {
        // a person who takes all of it away has looked at all of it
        const asked = { actionId, path: '', reason: 'took a receipt with the action disclosed' };
        const told = await sight.gatekeeper.reveal(caller.person, asked);
        if (!told.ok) return refused(exchange, told.error);
      }
      const disclosures = isDisclosed ? await disclosed(sight, param) : {};
      if (!disclosures) return refuse(exchange, 'erased');
      const { store, settings, grantKey } = sight.parts;
      const receipt = await buildReceipt({
        store,
        stream: actionId,
        checkpoint: await checkpointer.current(), // everything the caller has heard of is below it
        ...disclosures,
        enrolment: (credential) => enrolmentOf(sight, roster.now(), credential),
        grant: { issuer: settings.origin, key: grantKey },
      });
      if (!receipt.ok) throw new TypeError(`no receipt: ${receipt.error}`);
      return { status: 200, type: 'text/plain; charset=utf-8', body: receipt.value };
    },
    explanation: async (exchange) => {
      const { caller, param } = exchange;
      const approval = await see(sight, caller, param);
      if (!approval) return refuse(exchange, 'not-found');
      const payload = await opened(sight.parts, param);
      if (!payload) return refuse(exchange, 'erased');
      const { judgement } = approval.judged;
      const set = await keptSet(judgement.policyDigest);
      const record = recordDecision({
        decisionId: param,
        decidedAt: approval.judged.at,
        question: unpackQuestion(payload.question),
        judgement,
        actionDigest: approval.proposed.digest,
        extractor: approval.proposed.gate,
      });
      const policySet: unknown = set ? JSON.parse(Buffer.from(set).toString()) : null;
      return json(200, { record, policySet });
    },
  };
}

/** The private parts of an action, as a receipt discloses them; undefined once they are erased. */
async function disclosed(
  { parts }: Sight,
  id: string,
): Promise<{ readonly disclosures: Disclosures } | undefined> {
  const [payload, view] = await Promise.all([opened(parts, id), shown(parts, id)]);
  if (!payload) return undefined;
  const { action, salt } = payload;
  const definition = await definitionIn(parts, action);
  return {
    disclosures: {
      action: { action, salt },
      ...(view ? { view } : {}),
      ...(definition ? { definition } : {}),
    },
  };
}

/** The definition of the tool that an action calls, by its pin (EV-22). */
async function definitionIn(
  { store }: Sight['parts'],
  { type, resource, arguments: { pin } }: Action,
): Promise<ToolDefinition | undefined> {
  if (type !== 'mcp.tool-call' || typeof pin !== 'string') return undefined;
  return definitionOf(store, resource.id, pin as Digest);
}

/** The entry that enrolled a passkey. */
async function enrolmentOf(
  { parts }: Sight,
  { passkeys }: RosterState,
  credential: string,
): Promise<StoredEntry | undefined> {
  const seq = passkeys.byCredential.get(credential)?.enrolledSeq;
  return seq === undefined ? undefined : (await parts.store.range(seq, seq + 1))[0];
}
