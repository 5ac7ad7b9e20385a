/** By the byte of a type: the longest length field that is read on; 0 where the direction knows no such type. */
export type Limits = Int32Array;

const NAMES = 16_384;
const EMPTY = 4;

const limitsOf = (longest: Readonly<Record<string, number>>): Limits => {
  const limits = new Int32Array(256);
  for (const [types, most] of Object.entries(longest))
    for (const type of types) limits[type.charCodeAt(0)] = most;
  return limits;
};

/**
 * Messages of a client that is let in. `F` is among them, since it is refused within the protocol and not by hanging up.
 * A text that is too long to be judged is refused by whoever judges, so its own limit is that of messages.
 */
export const frontendLimits = ({ messageBytes }: { readonly messageBytes: number }): Limits =>
  limitsOf({ QPBFd: messageBytes, EDC: NAMES, f: 65_536, SHcX: EMPTY });

/** Messages of a client that shows who it is. */
export const PASSWORD_LIMITS: Limits = limitsOf({ p: 8_192 });

/** Messages of a server that let us in. */
export const backendLimits = ({ messageBytes }: { readonly messageBytes: number }): Limits =>
  limitsOf({
    TDdENA: messageBytes,
    S: NAMES,
    C: NAMES,
    tGH: 524_288,
    Z: 5,
    '123nsIc': EMPTY,
  });

/** Messages of a server before it is ready. */
export const STARTUP_LIMITS: Limits = limitsOf({
  R: 65_536,
  EN: 65_536,
  S: NAMES,
  K: 264,
  v: 16_384,
  Z: 5,
});
