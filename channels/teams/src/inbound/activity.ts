import { fromUtf8 } from '@countersign/core';

/** What the vendor tells the bot, as far as it is looked at. */
export type Activity = {
  readonly type: string;
  readonly id: string;
  readonly name?: string;
  readonly channelId: string;
  readonly serviceUrl: string;
  readonly from: { readonly id: string; readonly user?: string };
  readonly conversation: {
    readonly id: string;
    readonly tenant?: string;
    readonly kind?: string;
  };
  /** A second place where the tenant is told; where it is there it has to be the same one. */
  readonly tenant?: string;
  readonly text: string;
  /** `add`, `remove` of an installation. */
  readonly action?: string;
  readonly value: unknown;
};

/** The members of a value, none where it has none. */
export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

const MOST_BYTES = 262_144;

/** Reads an activity; undefined where it is none. What is not of the shape it should have is as if it were not there. */
export function readActivity(body: Uint8Array): Activity | undefined {
  const all = membersOf(parsed(body));
  const { type, id, channelId, serviceUrl } = all;
  if (!isText(type) || !isText(id) || !isText(channelId) || !isText(serviceUrl)) return undefined;
  const from = membersOf(all['from']);
  const conversation = membersOf(all['conversation']);
  if (!isText(from['id']) || !isText(conversation['id'])) return undefined;
  return {
    type,
    id,
    channelId,
    serviceUrl,
    from: { id: from['id'], ...given('user', lower(from['aadObjectId'])) },
    conversation: {
      id: conversation['id'],
      ...given('tenant', lower(conversation['tenantId'])),
      ...given('kind', text(conversation['conversationType'])),
    },
    ...given('tenant', lower(membersOf(membersOf(all['channelData'])['tenant'])['id'])),
    ...given('name', text(all['name'])),
    ...given('action', text(all['action'])),
    text: typeof all['text'] === 'string' ? all['text'] : '',
    value: all['value'],
  };
}

function parsed(body: Uint8Array): unknown {
  if (body.length > MOST_BYTES) return undefined;
  try {
    return JSON.parse(fromUtf8(body));
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 1_000;
const text = (value: unknown): string | undefined => (isText(value) ? value : undefined);
/** Ids of Entra are compared without regard to case. */
const lower = (value: unknown): string | undefined => text(value)?.toLowerCase();

const given = <K extends string>(
  key: K,
  value: string | undefined,
): { readonly [P in K]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
