import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  inputResponse,
  type ClientCapabilities,
  type InputRequest,
  type InputRequests,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { type FixtureTool, text } from './fixture-tools.ts';

export type Codec = RequestStateCodec<Record<string, unknown>>;

const one = (name: string, type: string) =>
  ({ type: 'object', properties: { [name]: { type } }, required: [name] }) as never;

export const elicit = (message: string, name: string, type = 'string'): InputRequest =>
  inputRequired.elicit({ message, requestedSchema: one(name, type) });

const sample = (words: string, maxTokens = 100) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: words } }],
    maxTokens,
  });

/** What a client's model said to a sampling request, when it answered. */
function said({ mcpReq }: ServerContext, key: string): string | undefined {
  const response = inputResponse(mcpReq.inputResponses, key);
  if (response.kind !== 'sampling') return undefined;
  const { content } = response.result;
  const first = Array.isArray(content) ? content[0] : content;
  return first?.type === 'text' ? first.text : JSON.stringify(first);
}

function roots({ mcpReq }: ServerContext, key: string): string[] | undefined {
  const response = inputResponse(mcpReq.inputResponses, key);
  return response.kind === 'roots' ? response.roots.map(({ uri }) => uri) : undefined;
}

function accepted({ mcpReq }: ServerContext, key: string): Record<string, unknown> | undefined {
  return acceptedContent(mcpReq.inputResponses, key);
}

/** A tool that asks for one form and tells what came of it. */
function form(description: string, message: string, properties: object): FixtureTool {
  return {
    description,
    run: (_, { mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, 'form');
      if (answer.kind !== 'elicit')
        return inputRequired({
          inputRequests: {
            form: inputRequired.elicit({
              message,
              requestedSchema: { type: 'object', properties, required: [] } as never,
            }),
          },
        });
      return text(
        `Elicitation completed: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`,
      );
    },
  };
}

const choices = (...words: string[]) =>
  words.map((title, i) => ({ const: `value${i + 1}`, title }));

/** Tools that ask the client something. Written once: to a modern client they answer `input_required`, to a legacy one they send requests. */
export const asks = (codec: Codec): Readonly<Record<string, FixtureTool>> => ({
  test_sampling: {
    description: 'Lets the model of the client answer a prompt',
    properties: { prompt: { type: 'string' } },
    run: ({ prompt }, context) => {
      const answer = said(context, 'answer');
      return answer === undefined
        ? inputRequired({ inputRequests: { answer: sample(String(prompt)) } })
        : text(`LLM response: ${answer}`);
    },
  },
  test_elicitation: {
    description: 'Asks the user of the client',
    properties: { message: { type: 'string' } },
    run: ({ message }, { mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, 'answer');
      return answer.kind === 'elicit'
        ? text(
            `User response: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`,
          )
        : inputRequired({ inputRequests: { answer: elicit(String(message), 'response') } });
    },
  },
  test_elicitation_sep1034_defaults: form('A form with a default of every type', 'Check this', {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  }),
  test_elicitation_sep1330_enums: form('A form with a choice of every kind', 'Choose', {
    untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    titledSingle: { type: 'string', oneOf: choices('First', 'Second', 'Third') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: {
      type: 'array',
      items: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    },
    titledMulti: { type: 'array', items: { anyOf: choices('First', 'Second', 'Third') } },
  }),
  test_missing_capability: {
    description: 'Needs a client with a model',
    run: (_, context) =>
      said(context, 'word') === undefined
        ? inputRequired({ inputRequests: { word: sample('Say pong', 16) } })
        : text('the model answered'),
  },
  test_input_required_result_elicitation: {
    description: 'Asks for a name',
    run: (_, context) => {
      const name = accepted(context, 'user_name')?.['name'];
      return typeof name === 'string'
        ? text(`Hello, ${name}!`)
        : inputRequired({ inputRequests: { user_name: elicit('What is your name?', 'name') } });
    },
  },
  test_input_required_result_sampling: {
    description: 'Asks the model of the client for a capital',
    run: (_, context) => {
      const answer = said(context, 'capital');
      return answer === undefined
        ? inputRequired({ inputRequests: { capital: sample('What is the capital of France?') } })
        : text(`The model says: ${answer}`);
    },
  },
  test_input_required_result_list_roots: {
    description: 'Asks for the roots of the client',
    run: (_, context) => {
      const uris = roots(context, 'client_roots');
      return uris === undefined
        ? inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
        : text(`${uris.length} root(s): ${uris.join(', ')}`);
    },
  },
  test_input_required_result_request_state: {
    description: 'Asks, with a state that must come back as it went',
    run: async (_, context) => {
      if (!accepted(context, 'confirm'))
        return inputRequired({
          inputRequests: { confirm: elicit('Please confirm', 'ok', 'boolean') },
          requestState: await codec.mint({ is: 'request-state' }),
        });
      return text(context.mcpReq.requestState() ? 'state-ok' : 'the state did not come back');
    },
  },
  test_input_required_result_multiple_inputs: {
    description: 'Asks three things at once',
    run: async (_, context) => {
      const name = accepted(context, 'user_name')?.['name'];
      const [greeting, uris] = [said(context, 'greeting'), roots(context, 'client_roots')];
      if (typeof name === 'string' && greeting !== undefined && uris)
        return text(`${greeting} ${name}, ${uris.length} root(s)`);
      return inputRequired({
        inputRequests: {
          user_name: elicit('What is your name?', 'name'),
          greeting: sample('Write a greeting', 50),
          client_roots: inputRequired.listRoots(),
        },
        requestState: await codec.mint({ is: 'multiple-inputs' }),
      });
    },
  },
  test_input_required_result_multi_round: {
    description: 'Asks twice, one after the other',
    run: async (_, context) => {
      const state = context.mcpReq.requestState<{ round?: number; name?: unknown }>();
      if (state?.round === 2)
        return text(`${String(state.name)} likes ${String(accepted(context, 'step2')?.['color'])}`);
      if (state?.round === 1)
        return inputRequired({
          inputRequests: { step2: elicit('Which colour do you like?', 'color') },
          requestState: await codec.mint({
            round: 2,
            name: accepted(context, 'step1')?.['name'] ?? 'somebody',
          }),
        });
      return inputRequired({
        inputRequests: { step1: elicit('What is your name?', 'name') },
        requestState: await codec.mint({ round: 1 }),
      });
    },
  },
  test_input_required_result_tampered_state: {
    description: 'Asks, and refuses a state that is not its own',
    run: async (_, context) =>
      context.mcpReq.requestState() && accepted(context, 'confirm')
        ? text('integrity-ok')
        : inputRequired({
            inputRequests: { confirm: elicit('Please confirm', 'ok', 'boolean') },
            requestState: await codec.mint({ is: 'tampered-state' }),
          }),
  },
  test_input_required_result_capabilities: {
    description: 'Asks only what the client can answer',
    run: (_, { mcpReq }) => {
      if (mcpReq.inputResponses) return text('answered');
      const envelope: Record<string, unknown> = { ...mcpReq.envelope };
      const can = envelope[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
      const inputRequests: InputRequests = {
        ...(can?.elicitation && { user_name: elicit('What is your name?', 'name') }),
        ...(can?.sampling && { greeting: sample('Write a greeting', 50) }),
        ...(can?.roots && { client_roots: inputRequired.listRoots() }),
      };
      return Object.keys(inputRequests).length > 0
        ? inputRequired({ inputRequests })
        : text('this client can be asked nothing');
    },
  },
});
