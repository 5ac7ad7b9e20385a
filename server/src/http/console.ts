import { CONSOLE_PAGES, type ConsolePage } from '@countersign/api';
import { readConsole, type ConsoleFile, type ConsoleFiles } from '../console-files.ts';
import type { Exchange, Handlers, Reply } from './exchange.ts';
import { refuse } from './refuse.ts';

type ConsoleRoutes = Pick<
  Handlers,
  ConsolePage | 'consoleAsset' | 'consoleWorker' | 'consoleManifest'
>;

/**
 * What the page may do: run and show what came from here, talk to here, and nothing else. No inline script or style, no
 * frame around it, no string that becomes script.
 */
const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types countersign',
].join('; ');

const PAGE_HEADERS: readonly string[] = [
  'content-security-policy',
  PAGE_CSP,
  'cross-origin-opener-policy',
  'same-origin',
  'permissions-policy',
  'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=()',
  'cache-control',
  'no-store',
];
const IMMUTABLE = ['cache-control', 'public, max-age=31536000, immutable'];
const ALWAYS_ASKED = ['cache-control', 'no-cache'];
/** Names that change with what is in the file; the others are asked for again. */
const HASHED = /-[\w-]{8}\.(?:js|css)$/;

const NOT_BUILT: Reply = {
  status: 503,
  type: 'text/plain; charset=utf-8',
  body: 'The console was not built. Run `npm run build -w console` and start the gateway again.\nThe API and the command line work without it.\n',
  code: 'console-not-built',
};

/** The console's page and files, read once, sent in the smallest form the reader takes. */
export function consoleRoutes(files: ConsoleFiles = readConsole()): ConsoleRoutes {
  const give = (
    exchange: Pick<Exchange, 'request' | 'requestId'>,
    name: string,
    headers: readonly string[],
  ): Reply => {
    if (files.size === 0) return NOT_BUILT;
    const file = files.get(name);
    return file ? sent(file, exchange, headers) : refuse(exchange, 'not-found');
  };
  const page = (exchange: Exchange): Reply => give(exchange, 'index.html', PAGE_HEADERS);
  const pages = Object.fromEntries(
    Object.keys(CONSOLE_PAGES).map((id) => [id, page]),
  ) as unknown as Pick<Handlers, ConsolePage>;
  return {
    ...pages,
    consoleAsset: (exchange) =>
      give(
        exchange,
        `assets/${exchange.param}`,
        HASHED.test(exchange.param) ? IMMUTABLE : ALWAYS_ASKED,
      ),
    consoleWorker: (exchange) => give(exchange, 'sw.js', ALWAYS_ASKED),
    consoleManifest: (exchange) => give(exchange, 'manifest.webmanifest', ALWAYS_ASKED),
  };
}

function sent(
  { type, plain, br, gzip }: ConsoleFile,
  { request }: Pick<Exchange, 'request'>,
  headers: readonly string[],
): Reply {
  const taken = takenBy(request.headers['accept-encoding']);
  const form = br && taken('br') ? 'br' : gzip && taken('gzip') ? 'gzip' : undefined;
  const body = form === 'br' ? br : form === 'gzip' ? gzip : plain;
  return {
    status: 200,
    type,
    body: body ?? plain,
    headers: [
      ...headers,
      'vary',
      'accept-encoding',
      ...(form === undefined ? [] : ['content-encoding', form]),
    ],
  };
}

/** Whether a coding is taken: named, and not with a weight of nothing (RFC 9110 §12.5.3). */
const takenBy =
  (accepted: string | string[] | undefined) =>
  (coding: string): boolean =>
    String(accepted ?? '')
      .toLowerCase()
      .split(',')
      .map((one) => one.trim().split(/\s*;\s*/))
      .some(
        ([name, ...rest]) =>
          name === coding && !rest.some((weight) => /^q=0(?:\.0+)?$/.test(weight)),
      );
