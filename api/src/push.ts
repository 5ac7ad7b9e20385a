import { z } from 'zod';

/** What a browser subscribes with: the public key by which push services know this installation. */
export type PushKey = { readonly key: string };
export const pushKey: z.ZodType<PushKey> = z.strictObject({ key: z.string() });

const base64url = (length: number): z.ZodType<string> =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${length}}=*$`), 'must be base64url');

/** Where a browser of the caller is reached, as its push service says. */
export type Subscribing = {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
};
export const subscribing: z.ZodType<Subscribing> = z.strictObject({
  endpoint: z.string().min(1).max(1_024),
  keys: z.strictObject({ p256dh: base64url(87), auth: base64url(22) }),
});

export type Unsubscribing = { readonly endpoint: string };
export const unsubscribing: z.ZodType<Unsubscribing> = z.strictObject({
  endpoint: z.string().min(1).max(1_024),
});

/** How many browsers of the caller are woken now. */
export type PushState = { readonly devices: number };
export const pushState: z.ZodType<PushState> = z.strictObject({ devices: z.int() });
