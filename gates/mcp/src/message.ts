import type { Json } from '@countersign/core';

/** Which of the two protocols a side speaks: `legacy` with sessions (to 2025-11-25), `modern` without (from 2026-07-28). */
export type Era = 'legacy' | 'modern';

/** JSON-RPC ids as MCP allows them: never null, never fractional. */
export type Id = string | number;

export type Members = { readonly [name: string]: Json };

export type Request = {
  readonly jsonrpc: '2.0';
  readonly id: Id;
  readonly method: string;
  readonly params?: Members;
};
export type Notification = {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: Members;
};
export type RpcError = { readonly code: number; readonly message: string; readonly data?: Json };
export type Response = { readonly jsonrpc: '2.0'; readonly id: Id } & (
  | { readonly result: Members }
  | { readonly error: RpcError }
);
export type Message = Request | Notification | Response;

/** A message with the exact JSON text it came as, so that what is not changed is passed on byte for byte. */
export type Received<M extends Message = Message> = { readonly message: M; readonly text: string };
