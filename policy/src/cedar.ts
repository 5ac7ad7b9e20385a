import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs';

/** The Cedar engine as its package offers it. */
export type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs');
export type { PolicyJson, SchemaJson } from '@cedar-policy/cedar-wasm/nodejs';

/** Byte offset, text and help of an engine error about *policy or schema source*; never use it on a request (H16). */
export type SourceError = {
  readonly byte: number;
  readonly message: string;
  readonly help: string;
};

/** What an engine error about source says. */
export const sourceError = (error: DetailedError): SourceError => ({
  byte: error.sourceLocations?.[0]?.start ?? 0,
  message: error.message,
  help: error.help ?? error.sourceLocations?.[0]?.label ?? '',
});

/** `Countersign::Agent::"a"` as the engine writes it in JSON. */
export type Uid = { readonly type: string; readonly id: string };

/** The uid in either of the two JSON spellings. */
export function uidOf(json: { readonly __entity: Uid } | Uid): Uid {
  if (!('__entity' in json)) return json;
  const { __entity: uid } = json;
  return uid;
}

/** A uid as one text, unambiguous because a type never contains a quote. */
export const uidText = ({ type, id }: Uid): string => `${type}::${JSON.stringify(id)}`;
