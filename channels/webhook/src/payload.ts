import { canonical, sha256, toIso, type Card, type Json, type Notice } from '@countersign/core';

/** What is sent: what kind of thing happened, when, and the masked view of what it happened to (R9). */
export type Payload = {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Json;
};

/** What a receiver is told of a request: enough to show and to route it, and no arguments. */
const dataOf = ({ view, state, progress, badges, timeline, link }: Card): Json => ({
  approvalId: view.approvalId,
  actionId: view.action.id,
  version: view.version,
  state,
  headline: view.headline,
  actionType: view.action.type,
  resource: view.action.resource,
  risk: view.risk,
  agent: view.agent,
  owner: view.owner,
  ...(view.onBehalfOf === undefined ? {} : { onBehalfOf: view.onBehalfOf }),
  link,
  phrase: view.phrase,
  digest: view.digest,
  expiresAt: toIso(view.expiresAt),
  progress,
  badges,
  // what people wrote stays in the console
  timeline: timeline.map(({ at, type, text }) => ({ at: toIso(at), type, text })),
});

/** A request as it stands. A settled one has the type of its state, such as `approval.denied`. */
export const payloadOf = (card: Card, type: string): Payload => ({
  type,
  // the moment it is about, not of this attempt: the same message is the same bytes
  timestamp: toIso(card.timeline.at(-1)?.at ?? card.view.expiresAt),
  data: dataOf(card),
});

/** The type of a change of a request. */
export const typeOf = ({ state }: Card): string =>
  state === 'pending' ? 'approval.updated' : `approval.${state}`;

/** A notice. */
export const noticePayload = (notice: Notice, timestamp: string): Payload => ({
  type: notice.type,
  timestamp,
  data: {
    headline: notice.headline,
    lines: notice.lines,
    ...(notice.link === undefined ? {} : { link: notice.link }),
  },
});

const PLAIN_ID = /^[\w-]{1,128}$/;

/** A key as the id of a message: the separator of what is signed is never in it. */
export const idOf = (key: string): string =>
  PLAIN_ID.test(key)
    ? key
    : `msg_${sha256(key)
        .replace(/^sha256:/, '')
        .slice(0, 32)}`;

/** The id of what a request says now: told twice, it is the same message. */
export const changeId = (copy: string, payload: Payload): string =>
  idOf(
    `${copy}_${sha256(canonical(payload.data))
      .replace(/^sha256:/, '')
      .slice(0, 16)}`,
  );
