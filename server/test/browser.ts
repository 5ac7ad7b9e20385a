/** As much of a browser as signing in needs: cookies by host, redirects one at a time, forms, an honest `Origin`. */
export type Browser = {
  /** One request; redirects are not followed. */
  readonly request: (url: string, init?: RequestInit) => Promise<Response>;
  /** Follows redirects to the first page that is none. */
  readonly visit: (url: string, init?: RequestInit) => Promise<Response>;
  /** A call of our own page: with `Origin` and, once it was asked for, the token. */
  readonly call: <T>(method: string, path: string, body?: unknown) => Promise<Called<T>>;
  readonly cookie: (name: string) => string | undefined;
  readonly plant: (name: string, value: string) => void;
};
type Called<T> = { readonly status: number; readonly body: T; readonly headers: Headers };

/** Opens one, at a gateway. */
export function openBrowser(origin: string): Browser {
  // as browsers do, by host alone: ports share cookies
  const cookies = new Map<string, string>();
  const request: Browser['request'] = async (url, init = {}) => {
    const headers = new Headers(init.headers);
    if (cookies.size > 0)
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const isGone =
        attributes.includes('Max-Age=0') ||
        attributes.some((one) => /^expires=thu, 01 jan 1970/i.test(one));
      if (isGone) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  };
  const visit: Browser['visit'] = async (url, init) => {
    let response = await request(url, init);
    let at = url;
    for (let hops = 0; hops < 12; hops++) {
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) return response;
      at = new URL(location, at).href;
      response = await request(at);
    }
    throw new Error('it leads nowhere');
  };
  // a token belongs to a session: after the next sign-in it is another
  let shown: { readonly secret: string | undefined; readonly csrf: string } | undefined;
  const secret = (): string | undefined => cookies.get('countersign')?.split('.')[0];
  const call: Browser['call'] = async (method, path, body) => {
    if (method !== 'GET' && (shown === undefined || shown.secret !== secret())) {
      const me = await request(`${origin}/v1/me`, { headers: { accept: 'application/json' } });
      const { session } = (await me.json()) as { session?: { csrf?: string } };
      shown = { secret: secret(), csrf: session?.csrf ?? '' };
    }
    const response = await request(`${origin}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(method === 'GET' ? {} : { origin, 'countersign-csrf': shown?.csrf ?? '' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? undefined : JSON.parse(text)) as never,
      headers: response.headers,
    };
  };
  return {
    request,
    visit,
    call,
    cookie: (name) => cookies.get(name),
    plant: (name, value) => void cookies.set(name, value),
  };
}

/** Signs in as a person of the configuration, through the pages of the development provider. Answers where it ends. */
export async function signInAs(
  browser: Browser,
  origin: string,
  person: string,
  query = '?next=/healthz',
): Promise<Response> {
  const page = await browser.visit(`${origin}/auth/login/development${query}`);
  const action = /action="([^"]+)"/.exec(await page.text())?.[1];
  if (action === undefined) throw new Error(`no form at ${page.url} (${page.status})`);
  return browser.visit(`${origin}${action}`, {
    method: 'POST',
    body: new URLSearchParams({ person }),
    headers: { origin },
  });
}
