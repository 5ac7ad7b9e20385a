import { answered } from './answer.ts';
import { call } from './call.ts';
import { masking } from './down.ts';
import { createTicker } from './hold/ticker.ts';
import { TIMES, type Times } from './hold/times.ts';
import { createKept } from './kept.ts';
import { filtered } from './list.ts';
import { createOpenRuns } from './open-runs.ts';
import { createParted } from './parted.ts';
import type { Received, Request } from './message.ts';
import type { About, Answered, McpParts, Story } from './parts.ts';
import { maskResponse, notPassed } from './run.ts';
import { listen, tellChanges } from './streams.ts';
import { askTask } from './tasks.ts';
import type { Work } from './work.ts';

/**
 * THE STORY of the gate. A call is judged and, where people are asked, held; what was released runs, once, and is reported;
 * lists show what the agent may call; everything else is passed on. Whatever comes down is masked. There is no other way
 * between a front and a link.
 */
export function createStory(parts: McpParts, override: Partial<Times> = {}): Story {
  const times = { ...TIMES, ...override };
  const work: Work = {
    ...parts,
    times,
    ticker: createTicker(times.signMs),
    kept: createKept(parts.now, times.keptMs),
    open: createOpenRuns(parts.now),
    parted: createParted(parts.now, times.openMs),
    left: new Set(),
  };
  return {
    request: (request, about) => {
      const { method } = request.message;
      if (method === 'tools/call') return call(work, request, about);
      return method.startsWith('tasks/')
        ? askTask(work, request.message, about)
        : passed(work, request, about);
    },
    listen: (about, options) => listen(work, about, options),
    close: () => {
      work.ticker.close();
      work.kept.close();
      work.open.close();
      work.parted.close();
    },
  };
}

/** Results that hold content. The others, such as lists, are passed on as they came. */
const TELLING: ReadonlySet<string> = new Set([
  'resources/read',
  'prompts/get',
  'completion/complete',
]);

async function passed(
  work: Work,
  { message: request }: Received<Request>,
  about: About,
): Promise<Answered> {
  const { link } = about;
  const stop =
    request.method === 'subscriptions/listen' ? tellChanges(work, about, request) : undefined;
  const reply = await link.request(request, masking(work, about));
  stop?.();
  if (reply.is === 'parted') return reply;
  if (reply.is === 'unsent' && reply.isGone) return { is: 'gone' };
  if (reply.is !== 'answered') return answered(request.id, notPassed(reply));
  const received = reply.response;
  if (request.method === 'tools/list')
    return { is: 'answered', response: await filtered(work, about, { request, received }) };
  const isTelling = TELLING.has(request.method) || 'error' in received.message;
  return { is: 'answered', response: isTelling ? maskResponse(received, about) : received };
}
