import type { ApprovalId, Clock, Desk } from '@countersign/core';
import type { Bot } from '../settings.ts';
import type { Connector } from './connector.ts';

/** Somebody in a conversation, as the vendor describes them. */
type Member = {
  /** By which the vendor knows them to this bot alone. */
  readonly id: string;
  /** Their Entra object id. */
  readonly user: string;
  readonly isGuest: boolean;
};

/** Who is in a conversation. */
export type Roster = {
  /** One of them, asked for now; undefined where nobody can say. */
  readonly member: (at: Where, id: string) => Promise<Member | undefined>;
  /**
   * Those whose clients are to ask for their own view: who may answer, at most 60. Undefined: the vendor's own rule,
   * which is everybody in a conversation of at most 60, and nobody in a larger one.
   */
  readonly asked: (at: Where, id: ApprovalId) => Promise<readonly string[] | undefined>;
};

type Where = { readonly serviceUrl: string; readonly conversation: string };

/** As many as the vendor takes in `refresh.userIds`. */
const MOST_ASKED = 60;
/** The vendor's largest page. In a conversation that is larger still, people press the button instead. */
const PAGE = 500;
const KEPT_MS = 600_000;
/** A card is not held up by a list that does not come, nor by asking for it again at once. */
const WITHIN_MS = 2_000;
const FAILED_MS = 60_000;
const MOST_KEPT = 1_000;

/** Makes it over the connector. */
export function createRoster(
  bot: Bot,
  {
    desk,
    connector,
    clock,
  }: {
    readonly desk: Pick<Desk, 'whois' | 'mayAnswer'>;
    readonly connector: Connector;
    readonly clock: Clock;
  },
): Roster {
  const kept = new Map<string, { readonly until: number; readonly members?: readonly Member[] }>();

  async function members({
    serviceUrl,
    conversation,
  }: Where): Promise<readonly Member[] | undefined> {
    const known = kept.get(conversation);
    if (known && clock() < known.until) return known.members;
    const path = [conversation, 'pagedmembers'];
    const query = `?pageSize=${PAGE}`;
    const answer = await connector.ask({
      method: 'GET',
      serviceUrl,
      path,
      query,
      withinMs: WITHIN_MS,
    });
    const list =
      answer.kind === 'answered' && answer.status === 200 ? answer.body['members'] : undefined;
    if (kept.size >= MOST_KEPT) kept.clear();
    if (!Array.isArray(list)) {
      kept.set(conversation, { until: clock() + FAILED_MS });
      return undefined;
    }
    const found = list.flatMap((one: unknown) => memberOf(bot, one) ?? []);
    kept.set(conversation, { until: clock() + KEPT_MS, members: found });
    return found;
  }

  return {
    member: async ({ serviceUrl, conversation }, id) => {
      const path = [conversation, 'members', id];
      const withinMs = 2 * WITHIN_MS;
      const answer = await connector.ask({ method: 'GET', serviceUrl, path, withinMs });
      if (answer.kind !== 'answered' || answer.status !== 200) return undefined;
      return memberOf(bot, answer.body);
    },
    asked: async (at, id) => {
      const list = await members(at);
      if (!list) return undefined;
      const out: string[] = [];
      for (const { id: mri, user, isGuest } of list) {
        if (out.length >= MOST_ASKED) break;
        if (isGuest) continue;
        const person = await desk.whois({ kind: 'teams', tenant: bot.tenant, user });
        if (person && (await desk.mayAnswer(person, id))) out.push(mri);
      }
      return out;
    },
  };
}

/**
 * What the vendor says of somebody. A guest is told by any of three: a role that is not plainly `user`, a home in another
 * tenant, the `#EXT#` that Entra writes into a guest's name. Where it says nothing of a role or a tenant, nothing can be told by it.
 */
function memberOf({ tenant }: Bot, value: unknown): Member | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, aadObjectId, objectId, userRole, tenantId, userPrincipalName } = {
    ...value,
  } as Readonly<Record<string, unknown>>;
  const user = aadObjectId ?? objectId;
  if (typeof id !== 'string' || typeof user !== 'string' || user === '') return undefined;
  const isExternal = typeof userPrincipalName === 'string' && /#ext#/i.test(userPrincipalName);
  return {
    id,
    user: user.toLowerCase(),
    isGuest: isOther(userRole, 'user') || isOther(tenantId, tenant) || isExternal,
  };
}

const isOther = (said: unknown, ours: string): boolean =>
  said !== undefined && said !== null && (typeof said !== 'string' || said.toLowerCase() !== ours);
