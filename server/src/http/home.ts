import type { IncomingMessage } from 'node:http';
import type { Route } from '@countersign/api';

/** A route that people open in a browser. */
const isPage = ({ id, method, answers }: Route): boolean =>
  id === 'login' || (method === 'GET' && answers[200]?.type?.startsWith('text/html') === true);

/**
 * Where a page is opened instead, when it was asked for by another name of this machine: cookies, forms and passkeys
 * belong to one origin, the public one.
 */
export function createHome(
  publicUrl: string,
): (route: Route, request: Pick<IncomingMessage, 'headers' | 'url'>) => string | undefined {
  const { host, origin, port } = new URL(publicUrl);
  return (route, { headers, url = '/' }) =>
    port === '0' || !isPage(route) || headers.host?.toLowerCase() === host
      ? undefined
      : origin + url;
}
