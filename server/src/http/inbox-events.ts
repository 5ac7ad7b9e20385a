import { personOf, type Exchange, type Reply } from './exchange.ts';
import type { Feed } from './feed.ts';
import { refuse } from './refuse.ts';
import { maySee } from './rights.ts';
import type { Sight } from './see.ts';
import { SECURITY_HEADERS } from './send.ts';

const PING_MS = 15_000;
/** However long the page stays open: who they are is asked again when the browser comes back. */
const LIFE_MS = 10 * 60_000;

/** Streams every change of a request that the caller may see, until they leave, may not any more, or we stop. */
export async function sendInboxEvents(
  sight: Sight,
  feed: Feed,
  exchange: Exchange<'approvalEvents'>,
): Promise<Reply> {
  const { caller, response, requestId } = exchange;
  const { id } = personOf(exchange);
  const { directory } = sight.parts;
  const reader = feed.open(id, response, (approval) =>
    maySee(caller, approval, { directory: directory(), access: sight.access() }),
  );
  if (!reader) return refuse(exchange, 'overloaded');
  const until = performance.now() + LIFE_MS;
  try {
    response.writeHead(200, [
      'content-type',
      'text/event-stream',
      'cache-control',
      'no-store',
      'x-request-id',
      requestId,
      ...SECURITY_HEADERS,
    ]);
    while (directory().person(id)?.active === true && performance.now() < until) {
      const why = await reader.next(PING_MS);
      if (why === 'gone') return 'taken';
      if (why === 'draining') {
        response.write('event: shutdown\ndata: {}\n\n');
        break;
      }
      if (why === 'timeout') response.write(': ping\n\n');
      else response.write(eventsOf(reader.take()));
      // one who reads slowly is written nothing until they have read; meanwhile only the newest state waits
      if (response.writableNeedDrain) await drained(response);
    }
    response.end();
    return 'taken';
  } finally {
    reader.close();
  }
}

function eventsOf({
  isStale,
  messages,
}: {
  readonly isStale: boolean;
  readonly messages: readonly string[];
}): string {
  const hello = isStale ? 'event: hello\ndata: {}\n\n' : '';
  return hello + messages.map((data) => `event: approval\ndata: ${data}\n\n`).join('');
}

const drained = (response: Exchange['response']): Promise<void> =>
  new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
