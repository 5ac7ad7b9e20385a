import { z } from 'zod';
import { PROBLEMS, type Problem, type ProblemCode } from './problems.ts';

export const problem: z.ZodType<Problem> = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(PROBLEMS) as ProblemCode[]),
  detail: z.string(),
  path: z.string().exactOptional(),
  offset: z.int().exactOptional(),
  hint: z.string(),
  requestId: z.string(),
});
