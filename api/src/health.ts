import { z } from 'zod';
import { moment } from './field.ts';

/** How a gateway is, and what each of its checks found. */
export type Health = {
  /** As bad as the worst check; `degraded` still takes and decides actions. */
  readonly status: 'ready' | 'degraded' | 'down';
  readonly ready: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly status: 'ok' | 'degraded' | 'down';
    readonly detail?: string | undefined;
    readonly since?: string | undefined;
  }[];
};
export const health: z.ZodType<Health> = z.strictObject({
  status: z.enum(['ready', 'degraded', 'down']),
  ready: z.boolean(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['ok', 'degraded', 'down']),
      detail: z.string().optional(),
      since: moment.optional(),
    }),
  ),
});
