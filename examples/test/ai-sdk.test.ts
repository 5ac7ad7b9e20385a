import { toolApproval } from '@countersign/sdk/ai-sdk';
import { generateText, isStepCount, streamText } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { hostOf } from './ai-sdk-host.ts';
import { adapterConformance } from './conformance.ts';

const stopWhen = isStepCount(3);

adapterConformance(
  'generateText of the AI SDK 7',
  hostOf(async ({ script, ...about }) => {
    const model = new MockLanguageModelV4(script as never);
    return (await generateText({ ...about, model, stopWhen })).responseMessages;
  }, false),
);

adapterConformance(
  'streamText of the AI SDK 7, pausing,',
  hostOf(({ script, ...about }) => {
    const model = new MockLanguageModelV4(script as never);
    return streamText({ ...about, model, stopWhen, toolApproval }).responseMessages;
  }, true),
);
