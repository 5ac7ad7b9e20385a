import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Health } from '@countersign/api';
import type { Listen } from '../config/forms.ts';
import type { Figures } from '../figures.ts';

/** What a scraper may ask for, and nothing else. */
export type ScrapeParts = {
  readonly metrics: Pick<Figures, 'text'>;
  readonly checks: () => Promise<Health>;
};
/** A listener for scrapers. */
export type Scrape = { readonly port: number; readonly close: () => Promise<void> };

type Reply = { readonly status: number; readonly type: string; readonly body: string };

/**
 * Listens for scrapers in plain HTTP, on any address.
 * ATTACKER: whoever reaches it reads figures and health; it takes nothing, and no other route is behind it.
 */
export async function listenForScrapers(parts: ScrapeParts, at: Listen): Promise<Scrape> {
  const server = createServer(
    { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, requestTimeout: 5_000 },
    (request, response) => {
      answer(parts, request)
        .catch((): Reply => text(500, 'failed\n'))
        .then((reply) => send(request, response, reply))
        .catch(() => response.destroy());
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : at.port,
    close: () => close(server),
  };
}

const text = (status: number, body: string): Reply => ({ status, type: 'text/plain', body });
const json = (status: number, value: unknown): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

async function answer({ metrics, checks }: ScrapeParts, request: IncomingMessage): Promise<Reply> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'read only\n');
  switch (request.url?.split('?')[0]) {
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4', body: await metrics.text() };
    case '/healthz':
      return json(200, { ok: true });
    case '/readyz': {
      const health = await checks();
      return json(health.ready ? 200 : 503, health);
    }
    default:
      return text(404, 'not found\n');
  }
}

function send({ method }: IncomingMessage, response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(method === 'HEAD' ? undefined : reply.body);
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
