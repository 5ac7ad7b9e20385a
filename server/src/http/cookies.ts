/** Names and attributes of the cookies of an origin. */
export type Cookies = {
  /** A session. */
  readonly session: Cookie;
  /** A sign-in under way. */
  readonly login: Cookie;
  /** An account of a chat that is being connected. */
  readonly chat: Cookie;
};

/** One cookie. */
export type Cookie = {
  /** Its value in a `Cookie` header; undefined also where there are two of the name, and nobody knows whose. */
  readonly read: (header: string | undefined) => string | undefined;
  /** A `Set-Cookie` header. */
  readonly write: (value: string, seconds?: number) => string;
  readonly clear: () => string;
};

/**
 * Cookies for the public address. Behind TLS their names make browsers refuse what a neighbouring host or a plain page
 * would plant (`__Host-`); on http, which is loopback only, browsers take no such name.
 */
export function createCookies(publicUrl: string): Cookies {
  const isSecure = new URL(publicUrl).protocol === 'https:';
  const cookie = (name: string): Cookie => {
    const whole = isSecure ? `__Host-${name}` : name;
    const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
    return {
      read: (header) => valueOf(header, whole),
      write: (value, seconds) =>
        `${whole}=${value}; ${attributes}${seconds === undefined ? '' : `; Max-Age=${seconds}`}`,
      clear: () => `${whole}=; ${attributes}; Max-Age=0`,
    };
  };
  return {
    session: cookie('countersign'),
    login: cookie('countersign-login'),
    chat: cookie('countersign-chat'),
  };
}

function valueOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined;
}
