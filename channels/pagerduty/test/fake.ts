import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const KEY = '0123456789abcdef0123456789abcdef';

type Sent = {
  readonly event_action: string;
  readonly dedup_key: string;
  readonly payload?: { readonly summary: string; readonly custom_details?: object };
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  readonly client_url?: string;
};

/** What PagerDuty makes of events: one incident per key. */
export type Incident = {
  readonly key: string;
  readonly status: 'triggered' | 'resolved';
  readonly events: readonly Sent[];
};

export type Fake = {
  readonly url: string;
  readonly incidents: () => readonly Incident[];
  readonly count: () => number;
  readonly answerWith: (answer: ((response: ServerResponse) => void) | undefined) => void;
  readonly stop: () => Promise<void>;
};

const TOP = new Set([
  'routing_key',
  'dedup_key',
  'event_action',
  'client',
  'client_url',
  'links',
  'images',
  'payload',
]);
const PAYLOAD = new Set([
  'summary',
  'source',
  'severity',
  'timestamp',
  'component',
  'group',
  'class',
  'custom_details',
]);
const LINK = /^https?:\/\/\S+$/;

/** What is wrong with an event, as the Events API says it. */
function errorsOf(event: Record<string, unknown>): readonly string[] {
  const { payload = {}, links = [] } = event as {
    payload?: Record<string, unknown>;
    links?: Record<string, unknown>[];
  };
  const rules: readonly (readonly [boolean, string])[] = [
    [Object.keys(event).every((key) => TOP.has(key)), 'unknown field'],
    [Object.keys(payload).every((key) => PAYLOAD.has(key)), 'unknown field of payload'],
    [
      ['trigger', 'acknowledge', 'resolve'].includes(String(event['event_action'])),
      "'event_action' is invalid",
    ],
    [event['event_action'] === 'trigger' || Boolean(event['dedup_key']), "'dedup_key' is missing"],
    [String(event['dedup_key'] ?? '').length <= 255, "'dedup_key' is too long"],
    [
      event['event_action'] !== 'trigger' || Boolean(payload['summary']),
      "'payload.summary' is missing or blank",
    ],
    [String(payload['summary'] ?? '').length <= 1_024, "'payload.summary' is too long"],
    [
      event['event_action'] !== 'trigger' || Boolean(payload['source']),
      "'payload.source' is missing or blank",
    ],
    [
      event['event_action'] !== 'trigger' ||
        ['critical', 'error', 'warning', 'info'].includes(String(payload['severity'])),
      "'payload.severity' is invalid",
    ],
    [links.every(({ href }) => LINK.test(String(href))), "'links' are invalid"],
  ];
  return rules.flatMap(([isRight, error]) => (isRight ? [] : [error]));
}

/** Starts an Events API on loopback that takes nothing that is not in order. */
export async function startFake(): Promise<Fake> {
  const events: Sent[] = [];
  let count = 0;
  let answer: ((response: ServerResponse) => void) | undefined;
  const server = createServer((request, response) => {
    count++;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (answer) return answer(response);
      const event = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      const say = (status: number, body: object): void =>
        void response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify(body));
      const errors = errorsOf(event);
      if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json')
        return say(400, {});
      if (event['routing_key'] !== KEY || errors.length > 0)
        return say(400, { status: 'invalid event', message: 'Event object is invalid', errors });
      events.push(event as unknown as Sent);
      return say(202, {
        status: 'success',
        message: 'Event processed',
        dedup_key: event['dedup_key'],
      });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v2/enqueue`,
    incidents: () =>
      [...Map.groupBy(events, ({ dedup_key }) => dedup_key)].map(([key, all]) => ({
        key,
        status: all.at(-1)?.event_action === 'resolve' ? 'resolved' : 'triggered',
        events: all,
      })),
    count: () => count,
    answerWith: (next) => (answer = next),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
