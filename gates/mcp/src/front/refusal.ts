import type { Id, Members, RpcError } from '../message.ts';

/** Why a request to a mount is not served: an HTTP status with a JSON-RPC error in its body. */
export type Refusal = {
  readonly is: 'refused';
  readonly status: number;
  readonly id: Id | null;
  readonly error: RpcError;
  /** Further headers: name, value, name, value … */
  readonly headers?: readonly string[];
};

/** Codes of JSON-RPC and of MCP that a front answers with itself. */
export const CODES = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  transport: -32_000,
  noSession: -32_001,
  headerMismatch: -32_020,
  missingCapability: -32_021,
  unsupportedVersion: -32_022,
} as const;

/** Makes a refusal. */
export const refusal = (
  status: number,
  code: number,
  message: string,
  more: {
    readonly id?: Id | null;
    readonly data?: Members;
    readonly headers?: readonly string[];
  } = {},
): Refusal => ({
  is: 'refused',
  status,
  id: more.id ?? null,
  error: { code, message, ...(more.data && { data: more.data }) },
  ...(more.headers && { headers: more.headers }),
});

/** The body of a refusal. */
export const bodyOf = ({ id, error }: Pick<Refusal, 'id' | 'error'>): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error });
