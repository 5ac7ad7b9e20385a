import type { Me, Problem } from '@countersign/api';
import { Unexpected } from './unexpected.ts';

/** A person who signs in by the gateway's own pages, as in a browser, and acts with that session. */
export type Visitor = {
  readonly get: <T>(path: string) => Promise<T>;
  /** Answers the problem where it was refused. */
  readonly post: <T>(path: string, body: object) => Promise<T | Problem>;
};

const MOST_HOPS = 10;

/** Walks through signing in as a person of the development provider: every page, every redirect, every cookie. */
export async function signInAs(origin: string, person: string): Promise<Visitor> {
  const cookies = new Map<string, string>();
  const request = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(init.headers);
    if (cookie !== '') headers.set('cookie', cookie);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    return response;
  };
  const follow = async (url: string, init?: RequestInit): Promise<Response> => {
    let [at, response] = [url, await request(url, init)];
    for (let hops = 0; hops < MOST_HOPS; hops++) {
      const next = response.headers.get('location');
      if (next === null) return response;
      at = new URL(next, at).href;
      response = await request(at);
    }
    throw new Unexpected('signing in leads nowhere');
  };

  const page = await (await follow(`${origin}/auth/login/development?next=/healthz`)).text();
  const form = /<form method="post" action="([^"]+)"/.exec(page)?.[1];
  if (form === undefined) throw new Unexpected('the page to sign in has no form');
  const body = new URLSearchParams({ person });
  const end = await follow(`${origin}${form}`, { method: 'POST', body, headers: { origin } });
  if (!end.ok) throw new Unexpected(`${person} could not sign in (${end.status})`);

  const get = async <T>(path: string): Promise<T> =>
    (await (await request(`${origin}${path}`)).json()) as T;
  const { session } = await get<Me>('/v1/me');
  const shown = { origin, 'countersign-csrf': session?.csrf ?? '' };
  return {
    get,
    post: async (path, value) => {
      const headers = { 'content-type': 'application/json', ...shown };
      const init = { method: 'POST', body: JSON.stringify(value), headers };
      return (await (await request(`${origin}${path}`, init)).json()) as Problem;
    },
  };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const at = pair.indexOf('=');
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  if (value === '') cookies.delete(name);
  else cookies.set(name, value);
}
