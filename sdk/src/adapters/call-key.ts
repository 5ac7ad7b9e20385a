/** Which run of a host a call belongs to: what stays the same when the run is resumed in another process. */
export type CallName = {
  /** Such as `openai-agents`. */
  readonly host: string;
  /** The run, thread or session. */
  readonly run: string;
  /** The host's own name of the call. */
  readonly call: string;
};

const LONGEST = 200;

/** The idempotency key `host:run:call`: the same call is the same action, in whatever process it is seen again. */
export async function callKey({ host, run, call }: CallName): Promise<string> {
  // escaped, so that no part reaches into the next one
  const key = [host, run, call].map(encodeURIComponent).join(':');
  if (key.length <= LONGEST) return key;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'));
  return `${encodeURIComponent(host)}:${hex.join('')}`;
}
