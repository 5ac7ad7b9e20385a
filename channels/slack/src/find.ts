import type { Delivered } from '@countersign/core';
import { writeCopy } from './copy.ts';
import { again, type Installed } from './installation.ts';
import type { Located } from './places.ts';
import { inside, items, text, type Loose } from './read.ts';
import type { Call } from './web.ts';

/** So far back is looked: what was posted a moment ago is what is asked for. */
const MOST_PAGES = 5;
const PAGE = 100;

/** Finds a message of ours by its key. ATTACKER: any app can write metadata, so it must be this bot's. */
export function createFind(
  call: Call,
  installed: () => Promise<Installed>,
  locate: (place: string) => Promise<Located>,
  event: string,
): (place: string, key: string) => Promise<Delivered> {
  return async (place, key) => {
    const [here, located] = [await installed(), await locate(place)];
    if (!here.ok) return here.trouble;
    if (!located.ok) return located.trouble;
    const { channel } = located;
    const isIt = (message: Loose): boolean => {
      const metadata = inside(message, 'metadata');
      const [bot, user] = [text(message, 'bot_id'), text(message, 'user')];
      return (
        (bot === '' ? user === here.value.user : bot === here.value.bot) &&
        text(metadata, 'event_type') === event &&
        text(inside(metadata, 'event_payload'), 'key') === key
      );
    };
    for (let page = 0, cursor = ''; page < MOST_PAGES; page++) {
      const args = { channel, limit: PAGE, include_all_metadata: true, ...(cursor && { cursor }) };
      const answer = await call('conversations.history', args);
      if (!answer.ok) return again(answer.trouble);
      const found = items(answer.value, 'messages').find(isIt);
      if (found) return { did: 'done', copy: writeCopy({ channel, ts: text(found, 'ts') }) };
      cursor = text(inside(answer.value, 'response_metadata'), 'next_cursor');
      if (cursor === '') break;
    }
    return { did: 'gone', because: 'no message of this app has this key' };
  };
}
