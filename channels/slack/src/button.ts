import { isId, type Card, type Click, type Shown } from '@countersign/core';

/** Renderer and its version: a change of what people see is a change of this name. */
export const RENDERER = 'slack/1';

/** What a button says it decides: enough to refuse a click on anything but what was in front of the person (A13). */
export type Pressed = Pick<
  Click,
  'approvalId' | 'version' | 'actionDigest' | 'seenDigest' | 'shown'
>;

const VALUE =
  /^1\.(apr_[0-9a-z]{36})\.([1-9]\d{0,8})\.([0-9a-f]{32})\.([0-9a-f]{64})\.([0-9a-f]{64})\.([wp])$/;

/** The value of a card's buttons. */
export function buttonValue(card: Card, seenDigest: string, shown: Shown): string {
  const { view } = card;
  const [action, seen, rendered] = [view.digest, seenDigest, shown.digest].map((digest) =>
    digest.slice('sha256:'.length),
  );
  const whole = shown.complete ? 'w' : 'p';
  return `1.${view.approvalId}.${view.version}.${action?.slice(0, 32)}.${seen}.${rendered}.${whole}`;
}

/** Reads a value back; undefined unless it is exactly one that `buttonValue` writes. */
export function readButton(value: unknown): Pressed | undefined {
  const [, id = '', version, action = '', seen, rendered, whole] =
    (typeof value === 'string' && value.length < 300 && VALUE.exec(value)) || [];
  if (!isId('apr', id)) return undefined;
  return {
    approvalId: id,
    version: Number(version),
    actionDigest: action,
    seenDigest: `sha256:${seen}`,
    shown: { renderer: RENDERER, digest: `sha256:${rendered}`, complete: whole === 'w' },
  };
}
