import { recordDecision } from '@countersign/policy';
import { opened, unpackQuestion, type ActionId, type Digest } from '@countersign/core';
import { json, type Handlers } from './exchange.ts';
import { refuse } from './refuse.ts';
import { maySeeUnmasked } from './rights.ts';
import { see, type Sight } from './see.ts';

export type EvidenceParts = {
  readonly sight: Sight;
  /** The bytes of a set that was in force once: JCS `{schema, policies}`. */
  readonly keptSet: (digest: Digest) => Promise<Uint8Array | undefined>;
  /** The receipt of an action (C2SP tlog-proof), over a checkpoint that has all of it; undefined once erased. */
  readonly receiptOf: (id: ActionId, isDisclosed: boolean) => Promise<string | undefined>;
};

/** What proves and explains an action afterwards. */
export function evidenceRoutes({
  sight,
  keptSet,
  receiptOf,
}: EvidenceParts): Pick<Handlers, 'receipt' | 'explanation'> {
  return {
    receipt: async (exchange) => {
      const { caller, param, query } = exchange;
      const approval = await see(sight, caller, param);
      if (!approval) return refuse(exchange, 'not-found');
      const isDisclosed = query['disclose'] === 'action';
      if (isDisclosed && !maySeeUnmasked(caller)) return refuse(exchange, 'not-yours');
      const receipt = await receiptOf(approval.proposed.actionId, isDisclosed);
      if (receipt === undefined) return refuse(exchange, 'erased');
      return { status: 200, type: 'text/plain; charset=utf-8', body: receipt };
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
