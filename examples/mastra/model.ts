// In place of `'openai/gpt-…'`: Mastra takes models of the AI SDK, so this is the stand-in of that example.
import type { MastraModelConfig } from '@mastra/core/llm';
import { model as standIn } from '../ai-sdk/model.ts';

/** The stand-in. Mastra's type says that `doGenerate` answers a stream; it takes what the AI SDK says as well. */
export const model: MastraModelConfig = standIn as unknown as MastraModelConfig;
