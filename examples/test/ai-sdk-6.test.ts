import { generateText, stepCountIs, streamText, type ToolSet } from 'ai6';
import { MockLanguageModelV3 } from 'ai6/test';
import { hostOf, type Ask } from './ai-sdk-host.ts';
import { adapterConformance } from './conformance.ts';

type About = Parameters<Ask>[0];
const optionsOf = ({ script, tools, ...about }: About) => ({
  ...about,
  model: new MockLanguageModelV3(script as never),
  tools: tools as unknown as ToolSet,
  messages: about.messages as never,
  stopWhen: stepCountIs(3),
});

adapterConformance(
  'generateText of the AI SDK 6, pausing,',
  hostOf(async (about) => (await generateText(optionsOf(about))).response.messages, true),
);

adapterConformance(
  'streamText of the AI SDK 6',
  hostOf(async (about) => (await streamText(optionsOf(about)).response).messages, false),
);
