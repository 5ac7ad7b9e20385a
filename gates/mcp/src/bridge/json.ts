import type { Json } from '@countersign/core';
import type { Id, Members, Message, Received, Response, RpcError } from '../message.ts';

/** An object, or an empty one for whatever else it is. */
export const membersOf = (value: Json | undefined): Members => optional(value) ?? {};

/** An object, or undefined for whatever else it is. */
export const optional = (value: Json | undefined): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Members)
    : undefined;

/** A text, or an empty one for whatever else it is. */
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** The members without some. */
export function without(members: Members, ...names: readonly string[]): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

/** A message of ours with its text. */
export const written = <M extends Message>(message: M): Received<M> => ({
  message,
  text: JSON.stringify(message),
});

type Said = { readonly result: Members } | { readonly error: RpcError };

/** An answer of ours. */
export const answer = (id: Id, said: Said): { is: 'answered'; response: Received<Response> } => ({
  is: 'answered',
  response: written({ jsonrpc: '2.0', id, ...said }),
});

/** A refusal of ours. */
export const refusal = (
  id: Id,
  code: number,
  message: string,
): { is: 'answered'; response: Received<Response> } => answer(id, { error: { code, message } });
