import { instant, toolStream } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { expect, test } from 'vitest';
import { createNotices } from '../src/channels/notices.ts';
import { createDisplay } from '../src/display.ts';
import { createToolRegistry } from '../src/mcp/tools.ts';

const SERVER = 'mail-2'; // a name with a hyphen, as streams and their numbers have
const named = (name: string) => ({ name, inputSchema: { type: 'object' } });

test('whoever is told of alerts is told of tools that are suspended, once, with nothing hidden in names', async () => {
  const store = createMemoryStore();
  const tools = await createToolRegistry({
    store,
    clock: () => instant(1_800_000_000_000),
    firstSight: () => 'accept',
    onFailure: () => undefined,
  });
  const place = { channel: 'ops', place: 'C1' };
  const open = () =>
    createNotices({
      store,
      clean: createDisplay(Buffer.alloc(32)).text,
      publicUrl: 'https://gateway.example',
      alerts: () => [place],
      toPerson: () => [],
    });
  await tools.sight(SERVER, [named('send_mail')]);
  await tools.sight(SERVER, ['send_mail', 'a', 'b', 'c', 'd', 'e', 'f'].map(named));
  await tools.sight(SERVER, [{ ...named('send_mail'), title: 'x' }]);
  const entries = await store.read(toolStream(SERVER));
  const names = open().in(entries);
  expect(names).toEqual(['tools-mail-2-2', 'tools-mail-2-3']);
  // another gateway, or this one after a restart, knows the name alone
  const told = await Promise.all(names.map((name) => open().of(name)));
  expect(told.map((one) => one?.notice.headline)).toEqual([
    'Tools of mail-2 are suspended, they appeared after the first look: a, b, c, d, e and 1 more',
    'Tools of mail-2 are suspended, they changed after review: send_mail',
  ]);
  expect(told[0]).toMatchObject({
    places: [place],
    notice: { type: 'tool.suspended', link: 'https://gateway.example/tools' },
  });
  tools.close();
});
