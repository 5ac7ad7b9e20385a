// What goes over the wire between Teams and a bot, as tests write and read it.
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Outgoing } from '@countersign/core';
import { exportJWK, SignJWT, type JWK } from 'jose';
import { wrongWith, type ExecuteAction, type SentCard } from './card-schema.ts';

export const APP_ID: string = '0f0e0d0c-0b0a-4908-8706-050403020100';
export const TENANT: string = '11111111-2222-4333-8444-555555555555';
export const SECRET: string = 'bot-secret-canary';

/** The connector's signing key, and one it does not publish. */
const KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 });
const FOREIGN_KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 });

export type Activity = { readonly [name: string]: unknown };

/** How an activity is signed, where it is not as it should be. */
export type Signing = {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: 'foreign' | 'none' | 'hs256';
  readonly authorization?: string;
  readonly body?: string;
};

export type Answered = {
  readonly status: number;
  readonly card?: SentCard;
  readonly message?: string;
};

/** The public half of the connector's key, as it publishes it. */
export const publicKey = async (): Promise<JWK> => ({
  ...(await exportJWK(KEYS.publicKey)),
  kid: 'k1',
  use: 'sig',
  alg: 'RS256',
});

/** The `Authorization` header of what the connector sends, or of what claims to be sent by it. */
export async function authorizationOf(
  serviceUrl: string,
  seconds: number,
  { claims = {}, header = {}, key, authorization }: Signing,
): Promise<string> {
  if (authorization !== undefined) return authorization;
  const payload = {
    iss: 'https://api.botframework.com',
    aud: APP_ID,
    nbf: seconds - 10,
    exp: seconds + 3_600,
    serviceurl: serviceUrl,
    ...claims,
  };
  if (key === 'none') return `Bearer ${[{ alg: 'none', kid: 'k1' }, payload].map(part).join('.')}.`;
  const own = key === 'foreign' ? FOREIGN_KEYS.privateKey : KEYS.privateKey;
  const secret =
    key === 'hs256'
      ? new TextEncoder().encode(JSON.stringify(await exportJWK(KEYS.publicKey)))
      : own;
  const token = await new SignJWT(payload)
    .setProtectedHeader({
      alg: key === 'hs256' ? 'HS256' : 'RS256',
      kid: 'k1',
      typ: 'JWT',
      ...header,
    })
    .sign(secret);
  return `Bearer ${token}`;
}

/** What is wrong with a message that a bot sends. */
export function wrongMessage(message: Record<string, unknown>): readonly string[] {
  const { type, attachments, summary, ...rest } = message;
  const [attachment, ...more] = Array.isArray(attachments) ? attachments : [];
  if (type !== 'message' || !attachment || more.length > 0) return ['not one card'];
  const strange = Object.keys(rest).filter((name) => name !== 'id' && name !== 'replyToId');
  const { contentType, content } = attachment as Record<string, unknown>;
  return [
    ...strange,
    ...(summary === 'Countersign' ? [] : ['summary']),
    ...(contentType === 'application/vnd.microsoft.card.adaptive' ? [] : ['contentType']),
    ...wrongWith(content),
  ];
}

/** What a client makes of an answer: the card in its place, or a sentence. */
export function answered({ status, body = '{}' }: Outgoing): Answered {
  const { statusCode, type, value } = JSON.parse(body) as Record<string, unknown>;
  if (status !== 200) return { status };
  if (type !== 'application/vnd.microsoft.card.adaptive')
    return {
      status: Number(statusCode),
      message: typeof value === 'string' ? value : JSON.stringify(value),
    };
  const wrong = wrongWith(value);
  if (wrong.length > 0) throw new TypeError(`not a card: ${wrong.join('; ')}`);
  return { status: Number(statusCode), card: value as SentCard };
}

/** Finds a button, behind others too. */
export const buttonOf = (card: SentCard, verb: string): ExecuteAction | undefined =>
  (card.actions ?? [])
    .flatMap((action): readonly ExecuteAction[] => {
      if (action.type === 'Action.ShowCard') return action.card.actions;
      return action.type === 'Action.Execute' ? [action] : [];
    })
    .find((action) => action.verb === verb);

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What has to be there. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('there is no such thing');
  return value;
}

/** A server on this machine, at a port of its own or at a given one. */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port = 0,
): Promise<Server> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return server;
}

/** The body of a request. */
export async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const bytes of request) parts.push(bytes as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
