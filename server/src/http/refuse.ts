import { problemOf, type Occurrence, type ProblemCode } from '@countersign/api';
import type { Reply } from './exchange.ts';

type Details = Omit<Occurrence, 'requestId'> & { readonly headers?: readonly string[] };

const RETRY_AFTER = ['retry-after', '1'];

/** A problem as an answer. */
export function refuse(
  { requestId }: { readonly requestId: string },
  code: ProblemCode,
  { headers = [], ...details }: Details = {},
): Reply {
  const problem = problemOf(code, { requestId, ...details });
  return {
    status: problem.status,
    type: 'application/problem+json',
    body: JSON.stringify(problem),
    headers: problem.status === 503 ? [...headers, ...RETRY_AFTER] : headers,
    code,
  };
}

/** What core refused: a bare code, or a code with the place and the reason. */
export type Refused =
  | ProblemCode
  | { readonly code: ProblemCode; readonly path: string; readonly message: string };

/** A refusal of core as an answer. */
export const refused = (exchange: { readonly requestId: string }, error: Refused): Reply =>
  typeof error === 'string'
    ? refuse(exchange, error)
    : refuse(exchange, error.code, { detail: error.message, path: error.path });
