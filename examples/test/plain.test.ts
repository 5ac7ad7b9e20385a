import { answerGuarded } from '@countersign/sdk';
import { adapterConformance, type Host, type MakeHost, type Scripted } from './conformance.ts';

/** No framework: a loop of one's own that parses what the model wrote and calls the guard. */
const makePlain: MakeHost = ({ client, tools, run }) => {
  const start: Host['start'] = async (calls, { signal } = {}) => {
    const answerTo = async ({ id, tool: name, input }: Scripted) => {
      const tool = tools.find((one) => one.name === name);
      if (!tool) throw new Error(`no tool ${name}`);
      const about = signal === undefined ? {} : { signal };
      const call = { host: 'plain', run, call: id, input: tool.schema.parse(input), ...about };
      return [id, await answerGuarded(client, tool.guard, call, tool.run)] as const;
    };
    const answers = Object.fromEntries(await Promise.all(calls.map(answerTo)));
    return { answers, state: JSON.stringify(calls) };
  };
  return { start, resume: (state) => start(JSON.parse(state) as Scripted[]) };
};

adapterConformance('a loop of one’s own', makePlain);
