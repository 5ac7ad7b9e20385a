import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Json } from '@countersign/core';
import type { Caller } from '../link.ts';
import type { Members, Response } from '../message.ts';
import { ASKABLE } from './eras.ts';
import { written } from '../answer.ts';
import { membersOf } from '../members.ts';
import { orBlank, orNone } from './json.ts';

/** Requests that a modern server embedded, sent to a legacy client as requests of their own. */
export type Questions = {
  /** Asks all at once; the answers by key, or in words why there are none. */
  readonly ask: (inputRequests: Members, caller: Caller) => Promise<Members | string>;
  /** Takes a client's answer; false when nobody waits for it. */
  readonly take: (response: Response) => boolean;
};

/** Longest that a client may take to answer. */
const ANSWER_MS = 600_000;
const MAX_ASKED = 32;

type Question = { readonly key: string; readonly method: string; readonly params?: Members };

/** Checks what a server embedded. ATTACKER: it may ask for anything, of a client that cannot, or with no end. */
function read(inputRequests: Members, capabilities: Members): readonly Question[] | string {
  const entries = Object.entries(inputRequests);
  if (entries.length > MAX_ASKED) return 'the server asked too many things at once';
  const questions: Question[] = [];
  for (const [key, entry] of entries) {
    const { method, params } = orNone(entry);
    const needs = ASKABLE[orBlank(method)];
    if (needs === undefined) return 'the server asked what no client can be asked';
    if (capabilities[needs] === undefined)
      return `the server needs ${needs}, which this client does not offer`;
    const asked = orNone(params);
    questions.push({ key, method: orBlank(method), params: withElicitationId(asked) });
  }
  return questions;
}

/** The older protocol wants an id of an elicitation by URL; the newer has none. */
const withElicitationId = (params: Members): Members =>
  params['mode'] === 'url' && params['elicitationId'] === undefined
    ? { ...params, elicitationId: randomBytes(16).toString('hex') }
    : params;

export function createQuestions(): Questions {
  const waiting = new Map<string, (response: Response | undefined) => void>();

  const one = ({ method, params }: Question, caller: Caller): Promise<Response | undefined> => {
    const id = `ask-${randomBytes(12).toString('base64url')}`;
    return new Promise((answered) => {
      const over = (response: Response | undefined): void => {
        clearTimeout(timer);
        caller.signal.removeEventListener('abort', gone);
        waiting.delete(id);
        answered(response);
      };
      const gone = (): void => over(undefined);
      const timer = setTimeout(gone, ANSWER_MS).unref();
      caller.signal.addEventListener('abort', gone, { once: true });
      waiting.set(id, over);
      if (caller.signal.aborted) gone();
      else
        caller.event({
          message: written({ jsonrpc: '2.0', id, method, ...(params ? { params } : {}) }),
        });
    });
  };

  return {
    take: (response) => {
      const over = waiting.get(String(response.id));
      over?.(response);
      return over !== undefined;
    },
    ask: async (inputRequests, caller) => {
      const questions = read(inputRequests, caller.client.capabilities);
      if (typeof questions === 'string') return questions;
      const responses = await Promise.all(
        questions.map(async (question) => ({ question, response: await one(question, caller) })),
      );
      const answers: [string, Json][] = [];
      for (const { question, response } of responses) {
        if (response === undefined) return 'the client did not answer what the server asked';
        if ('result' in response) answers.push([question.key, response.result]);
        // an error is no answer in the newer protocol; of a form it can be said that nobody filled it in
        else if (question.method === 'elicitation/create')
          answers.push([question.key, { action: 'cancel' }]);
        else return `the client refused ${question.method}`;
      }
      return Object.fromEntries(answers);
    },
  };
}

/** What a client sends with its next round; undefined for a result that is no round. */
export type Round = {
  readonly inputRequests: Members | undefined;
  readonly requestState: string | undefined;
};

/** Reads an `input_required` result: it has to ask something or to carry a state. */
export function roundOf(result: Members): Round | undefined {
  const { inputRequests, requestState } = result;
  const round = {
    inputRequests: membersOf(inputRequests),
    requestState: typeof requestState === 'string' ? requestState : undefined,
  };
  return round.inputRequests || round.requestState !== undefined ? round : undefined;
}

/** A round that asks nothing only wants to be called again, and not at once. */
export const pause = (signal: AbortSignal): Promise<void> =>
  wait(250, undefined, { signal }).catch(() => undefined);
