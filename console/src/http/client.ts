import { signal, type Signal } from '@preact/signals';
import type { Me } from '../wire.ts';

/** Who is signed in; `out` once the gateway said that nobody is. Kept in memory only. */
export const me: Signal<Me | 'out' | undefined> = signal(undefined);

/** A request that was refused, by its stable code (RFC 9457), or that never arrived: `unreachable`. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, text: string) {
    super(text);
    this.name = 'Problem';
    this.code = code;
    this.status = status;
  }
}

type ProblemBody = {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly hint?: string;
};

async function problemFrom(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as ProblemBody;
  const { code = `http-${answer.status}`, title = `The gateway answered ${answer.status}` } = body;
  const text =
    body.detail === undefined || body.detail === title ? title : `${title}: ${body.detail}`;
  if (answer.status === 401) me.value = 'out';
  return new Problem(code, answer.status, text);
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const asked = { ...init, credentials: 'same-origin', redirect: 'error' } as const;
  const answer = await fetch(path, asked).catch(() => {
    throw new Problem('unreachable', 0, 'The gateway cannot be reached; nothing was decided');
  });
  if (!answer.ok) throw await problemFrom(answer);
  return answer;
}

/** Reads JSON. */
export const get = async <T>(path: string): Promise<T> =>
  (await send(path, {})).json() as Promise<T>;

/** Reads text. */
export const getText = async (path: string): Promise<string> => (await send(path, {})).text();

/** Sends JSON, with the token that a page of another site cannot know. */
export async function post<T>(path: string, body: unknown): Promise<T> {
  const who = me.value;
  const csrf = typeof who === 'object' ? who.session?.csrf : undefined;
  const headers = {
    'content-type': 'application/json',
    ...(csrf === undefined ? {} : { 'countersign-csrf': csrf }),
  };
  const answer = await send(path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  return (text === '' ? {} : JSON.parse(text)) as T;
}

/** Asks again who is signed in. */
export async function refreshMe(): Promise<void> {
  try {
    me.value = await get<Me>('/v1/me');
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
  }
}

/** What to tell a person about anything that went wrong. */
export const tellOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'Something went wrong';
