import { z } from 'zod';

/** Where and why a value does not fit its schema. */
export type Misfit = { readonly path: string; readonly detail: string };

/** The value as its schema types it, or the first thing that is wrong. Unknown members are wrong. */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Misfit } {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  const path = pathOf(issue?.path ?? []);
  if (issue?.code !== 'unrecognized_keys')
    return { ok: false, error: { path, detail: issue?.message ?? 'does not fit' } };
  const [unknown = ''] = issue.keys;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape).join(', ') : '';
  const members = issue.path.length === 0 && known !== '' ? `; known: ${known}` : '';
  return {
    ok: false,
    error: { path: `${path}.${unknown}`, detail: `unknown member \`${unknown}\`${members}` },
  };
}

const pathOf = (steps: readonly PropertyKey[]): string =>
  `$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')}`;
