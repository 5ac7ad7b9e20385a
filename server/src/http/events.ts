import { isSettledState, type ActionStatus } from '@countersign/api';
import type { Exchange, Reply } from './exchange.ts';
import { SECURITY_HEADERS } from './send.ts';
import type { Wait } from './waits.ts';

const PING_MS = 15_000;

/**
 * Streams every change of an action as server-sent events until it is settled, the reader leaves or we stop.
 * A slow reader gets the newest state, not a queue of old ones.
 */
export async function sendEvents(
  { response, requestId }: Pick<Exchange, 'response' | 'requestId'>,
  wait: Wait,
  look: () => Promise<ActionStatus | undefined>,
): Promise<Reply> {
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
    let last = '';
    for (;;) {
      const status = await look();
      const data = JSON.stringify(status);
      if (status && data !== last) response.write(`event: status\ndata: ${data}\n\n`);
      last = data;
      if (!status || isSettledState(status.state)) break;
      if (response.writableNeedDrain) await drained(response);
      const why = await wait.next(PING_MS);
      if (why === 'gone') return 'taken';
      if (why === 'timeout') response.write(': ping\n\n');
      if (why === 'draining') {
        const now = JSON.stringify(await look());
        response.write(`event: shutdown\ndata: ${now}\n\n`);
        break;
      }
    }
    response.end();
    return 'taken';
  } finally {
    wait.close();
  }
}

const drained = (response: Exchange['response']): Promise<void> =>
  new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
