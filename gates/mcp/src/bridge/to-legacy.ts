import type { Caller, Link, Opening, Reply, RequestOptions } from '../link.ts';
import type { Members, Request, Response } from '../message.ts';
import { createChanges } from './changes.ts';
import {
  enveloped,
  initialized,
  INTERNAL,
  INVALID_PARAMS,
  legacyError,
  legacyResult,
  LEVELS,
  METHOD_NOT_FOUND,
  ONLY_MODERN,
} from './eras.ts';
import { answered } from '../answer.ts';
import { orBlank, orNone, refusal, without } from './json.ts';
import { createQuestions, pause, roundOf } from './rounds.ts';

const MAX_ROUNDS = 10;

/** Makes a legacy session of a modern link: what the older protocol keeps in a session is kept here, and rounds become the server's own requests. */
export function toLegacy(link: Link, opening: Opening, ticket: string): Link {
  const server = initialized(link.server, opening.initialize?.['protocolVersion']);
  const questions = createQuestions();
  let level: string | undefined;
  const envelope = (params: Members): Members => enveloped(params, opening.client, level);
  const changes = createChanges(link, envelope);

  /** Requests that only a session can answer. */
  const ours: Readonly<Record<string, (params: Members) => Members | string>> = {
    initialize: () => server.result,
    ping: () => ({}),
    'logging/setLevel': (params) => {
      const wanted = orBlank(params['level']);
      if (!LEVELS.includes(wanted)) return 'there is no such log level';
      level = wanted;
      return {};
    },
    'resources/subscribe': ({ uri }) =>
      typeof uri === 'string' && changes.subscribe(uri) ? {} : 'this cannot be subscribed to',
    'resources/unsubscribe': ({ uri }) => {
      changes.unsubscribe(orBlank(uri));
      return {};
    },
  };

  const rounds = async (
    request: Request,
    caller: Caller,
    options?: RequestOptions,
  ): Promise<Reply> => {
    const params = without(orNone(request.params), 'inputResponses', 'requestState', 'task');
    let more: Members = {};
    for (let round = 0; round <= MAX_ROUNDS; round++) {
      const asked = { ...request, params: envelope({ ...params, ...more }) };
      const reply = await link.request(asked, { ...caller, era: 'modern' }, options);
      if (reply.is !== 'answered') return reply;
      const { message } = reply.response;
      if (!('result' in message) || message.result['resultType'] !== 'input_required')
        return inLegacy(message, request);
      const next = roundOf(message.result);
      if (!next) return failure(request, 'the server asked for something and did not say what');
      if (!next.inputRequests) await pause(caller.signal);
      const inputResponses = next.inputRequests
        ? await questions.ask(next.inputRequests, caller)
        : undefined;
      if (caller.signal.aborted) return { is: 'broken', why: 'the caller is gone' };
      if (typeof inputResponses === 'string') return failure(request, inputResponses);
      const { requestState } = next;
      more = {
        ...(inputResponses ? { inputResponses } : {}),
        ...(requestState === undefined ? {} : { requestState }),
      };
    }
    return failure(request, 'the server asked too many times');
  };

  return {
    era: 'legacy',
    server,
    ticket,
    request: async (request, caller, options) => {
      const { id, method } = request;
      const own = Object.hasOwn(ours, method) ? ours[method] : undefined;
      if (own) {
        const said = own(orNone(request.params));
        return typeof said === 'string'
          ? refusal(id, INVALID_PARAMS, said)
          : answered(id, { result: said });
      }
      if (ONLY_MODERN.has(method))
        return refusal(id, METHOD_NOT_FOUND, 'the protocol of this session has no such method');
      return rounds(request, caller, options);
    },
    // cancelling is the signal of a request, and the modern protocol has nothing else to tell
    notify: () => Promise.resolve(),
    respond: (response) => Promise.resolve(questions.take(response)),
    listen: (caller) => changes.listen(caller),
    close: async () => {
      changes.close();
      await link.close();
    },
  };
}

/** A modern answer in the legacy protocol. */
function inLegacy(message: Response, request: Request): Reply {
  const { id, method } = request;
  if ('error' in message) {
    const error = legacyError(message.error, method, orNone(request.params));
    // what it lacks is told to a model as the older protocol does it, not to its host as a fault
    return error.code === message.error.code || method !== 'tools/call'
      ? answered(id, { error })
      : failure(request, error.message);
  }
  const { resultType } = message.result;
  return resultType === undefined || resultType === 'complete'
    ? answered(id, { result: legacyResult(message.result) })
    : failure(request, 'the server answered with what the protocol of this session does not have');
}

/** A call that cannot be finished is a result with an error for the model; anything else is an error. */
function failure({ id, method }: Request, message: string): Reply {
  return method === 'tools/call'
    ? answered(id, { result: { content: [{ type: 'text', text: message }], isError: true } })
    : refusal(id, INTERNAL, message);
}
