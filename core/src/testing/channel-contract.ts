import type { Card } from '../channel/card.ts';
import type { Channel, Delivered, Notice } from '../channel/channel.ts';
import { HOSTILE, hostileCard, sampleCard, sampleNotice, settledCard } from './channel-sample.ts';
import type { Runner } from './contract-parts.ts';

/**
 * What goes wrong at a vendor until something else is said. `down`: nothing listens. `lost`: it is done, the answer never
 * comes. `silent`: nothing is done, no answer comes. `limited`: too much was sent. `broken`: an error of theirs.
 * `barred`: what we show them is not valid any more. Only what delivers fails, not what signs in before it.
 */
export type Fault = 'down' | 'lost' | 'silent' | 'limited' | 'broken' | 'barred';

/** One delivered message as a person sees it, read from the vendor's fake. */
export type Looked = {
  /** Everything there is to read, in order, as plain text, labels of buttons too. */
  readonly text: string;
  /** What can be answered at a click, here and now. */
  readonly answers: readonly ('approve' | 'deny')[];
  /** Addresses that can be opened. */
  readonly links: readonly string[];
  /** What the vendor would make of a text: mentions, emphasis, pictures, previews, links in the middle of words. */
  readonly active: readonly string[];
  /** What stands below it: a thread, replies. */
  readonly below: readonly string[];
};

/** A channel against its fake. */
export type ChannelTested = {
  readonly channel: Channel;
  /** The same channel as another process makes it: knows nothing of what this one did. */
  readonly restarted: () => Promise<Channel>;
  /** A place where people are asked, and one that there is not. */
  readonly place: string;
  readonly nowhere?: string;
  /** `person:<id>` of somebody who can be reached, and of nobody. */
  readonly direct?: string;
  readonly unreachable?: string;
  /** Whether a message holds the whole action; a mail or a call only says that something waits. */
  readonly isWhole: boolean;
  /** Values no `because` may hold: tokens, passwords, addresses of people. */
  readonly secrets: readonly string[];
  readonly faults: readonly Fault[];
  readonly fail: (fault: Fault | undefined) => Promise<void>;
  /** Longest any delivery may take here: the vendor's timeout as configured, and some. */
  readonly longestMs: number;
  /** Every message at a place, oldest first. */
  readonly look: (place: string) => Promise<readonly Looked[]>;
  /** Takes away, at the vendor, what was posted. */
  readonly remove?: (copy: string) => Promise<void>;
  readonly dispose: () => Promise<void>;
};

type Test = (title: string, body: (tested: ChannelTested) => Promise<void>) => void;
type Chapter = Pick<Runner, 'describe' | 'expect'> & { readonly name: string; readonly test: Test };

const ENDS: Readonly<Record<Fault, readonly Delivered['did'][]>> = {
  down: ['again'],
  lost: ['unsure'],
  silent: ['unsure'],
  limited: ['again'],
  broken: ['again', 'unsure'],
  barred: ['refused'],
};

/** Every obligation of the `Channel` port as a test, for any channel. */
export function describeChannelContract(
  name: string,
  make: () => Promise<ChannelTested>,
  { describe, test, expect }: Runner,
): void {
  const chapter: Chapter = {
    name,
    describe,
    expect,
    test: (title, body) =>
      test(title, async () => {
        const tested = await make();
        try {
          await body(tested);
        } finally {
          await tested.dispose();
        }
      }),
  };
  describePosting(chapter);
  describeChanging(chapter);
  describeTrouble(chapter);
  describeHostile(chapter);
}

const copyOf = (delivered: Delivered | undefined): string => {
  if (delivered?.did === 'done') return delivered.copy;
  throw new TypeError(`not delivered: ${JSON.stringify(delivered)}`);
};

const last = async ({ look }: ChannelTested, place: string): Promise<Looked> => {
  const seen = (await look(place)).at(-1);
  if (!seen) throw new TypeError('nothing was posted');
  return seen;
};

function describePosting({ name, describe, test, expect }: Chapter): void {
  describe(`${name}: posting`, () => {
    test('a card is put at a place, with what it is about and the way to the console', async (it) => {
      const card = sampleCard();
      const copy = copyOf(await it.channel.post(it.place, card, 'key-1'));
      expect(copy.length > 0 && copy.length <= 1_000).toEqual(true);
      const seen = await last(it, it.place);
      for (const text of ['Export customers from crm', 'data-bot', card.view.phrase])
        expect([text, seen.text.includes(text)]).toEqual([text, true]);
      expect(seen.links.includes(card.link)).toEqual(true);
      expect((await it.look(it.place)).length).toEqual(1);
    });
    test('R8 every argument is there as it is, where a message holds the whole action', async (it) => {
      const delivered = await it.channel.post(it.place, sampleCard(), 'key-1');
      const seen = await last(it, it.place);
      if (!it.isWhole) return;
      for (const text of ['customers', '2500', 'columns', 'city', 'large-export', 'Mona Owner'])
        expect([text, seen.text.includes(text)]).toEqual([text, true]);
      expect(delivered.did === 'done' && delivered.shown?.complete).toEqual(true);
    });
    test('what was shown has one digest for one card, and another for another', async (it) => {
      const other = sampleCard({}, { headline: 'Export orders from crm' });
      const shown = async (card: Card, key: string): Promise<unknown> => {
        const delivered = await it.channel.post(it.place, card, key);
        return delivered.did === 'done' ? delivered.shown : delivered;
      };
      const first = await shown(sampleCard(), 'key-1');
      expect(await shown(sampleCard(), 'key-2')).toEqual(first);
      if (first)
        expect(JSON.stringify(await shown(other, 'key-3')) === JSON.stringify(first)).toEqual(
          false,
        );
    });
    test('a person is written to directly; one nobody can reach is refused, nowhere too', async (it) => {
      if (it.direct) {
        copyOf(await it.channel.post(it.direct, sampleCard(), 'key-1'));
        expect((await it.look(it.direct)).length).toEqual(1);
      }
      for (const place of [it.unreachable, it.nowhere]) {
        if (place === undefined) continue;
        const { did } = await it.channel.post(place, sampleCard(), 'key-2');
        expect([place, did === 'refused' || did === 'gone']).toEqual([place, true]);
      }
    });
    test('as many as it says go at once', async (it) => {
      expect(Number.isInteger(it.channel.together) && it.channel.together > 0).toEqual(true);
      const many = Array.from({ length: Math.min(5, it.channel.together) }, (_, i) =>
        it.channel.post(it.place, sampleCard(), `key-${i}`),
      );
      for (const delivered of await Promise.all(many)) copyOf(delivered);
      expect((await it.look(it.place)).length).toEqual(many.length);
    });
    test('a notice stands on its own', async (it) => {
      copyOf(await it.channel.alert(it.place, sampleNotice(), 'key-1'));
      const seen = await last(it, it.place);
      for (const text of ['data-bot asks too often', '12 requests in a minute'])
        expect([text, seen.text.includes(text)]).toEqual([text, true]);
      expect([seen.answers, seen.active]).toEqual([[], []]);
    });
  });
}

function describeChanging({ name, describe, test, expect }: Chapter): void {
  describe(`${name}: changing`, () => {
    test('a copy is brought to the truth, after a restart too, and has no buttons then', async (it) => {
      const copy = copyOf(await it.channel.post(it.place, sampleCard(), 'key-1'));
      const channel = await it.restarted();
      if (!channel.update) return;
      copyOf(await channel.update(copy, settledCard('denied')));
      const seen = await last(it, it.place);
      expect(seen.text.includes('Ana Analyst')).toEqual(true);
      expect(/denied/i.test(seen.text)).toEqual(true);
      expect(seen.answers).toEqual([]);
      copyOf(await channel.update(copy, settledCard('denied')));
    });
    test('a copy that is not there any more is gone; one that never was is not changed', async (it) => {
      if (!it.channel.update) return;
      for (const strange of ['', 'nonsense', '{}', 'x'.repeat(5_000)]) {
        const { did } = await it.channel.update(strange, settledCard());
        expect([strange, did === 'gone' || did === 'refused']).toEqual([strange, true]);
      }
      if (!it.remove) return;
      const copy = copyOf(await it.channel.post(it.place, sampleCard(), 'key-1'));
      await it.remove(copy);
      expect((await it.channel.update(copy, settledCard())).did).toEqual('gone');
    });
    test('what was posted under a key is found, and nothing else is', async (it) => {
      if (!it.channel.find) return;
      copyOf(await it.channel.post(it.place, sampleCard(), 'key-0'));
      const copy = copyOf(await it.channel.post(it.place, sampleCard(), 'key-1'));
      copyOf(await it.channel.post(it.place, sampleCard(), 'key-2'));
      const channel = await it.restarted();
      expect(copyOf(await channel.find?.(it.place, 'key-1'))).toEqual(copy);
      expect((await channel.find?.(it.place, 'key-9'))?.did).toEqual('gone');
    });
    test('a line is told below a copy', async (it) => {
      if (!it.channel.tell) return;
      const copy = copyOf(await it.channel.post(it.place, sampleCard(), 'key-1'));
      const notice: Notice = sampleNotice({ headline: 'Still waiting', lines: ['8 minutes left'] });
      copyOf(await it.channel.tell(copy, sampleCard(), notice, 'key-2'));
      const { below } = await last(it, it.place);
      expect(below.length).toEqual(1);
      expect(below[0]?.includes('Still waiting') && below[0].includes('8 minutes left')).toEqual(
        true,
      );
    });
  });
}

function describeTrouble({ name, describe, test, expect }: Chapter): void {
  describe(`${name}: trouble`, () => {
    test('nothing throws: whatever goes wrong is said, in our words, with no secret in them', async (it) => {
      const card = sampleCard({}, { headline: 'canary-of-the-agent' });
      const copy = copyOf(await it.channel.post(it.place, sampleCard(), 'key-0'));
      for (const fault of it.faults) {
        await it.fail(fault);
        const before = performance.now();
        const tries = [
          it.channel.post(it.place, card, `key-${fault}`),
          // settled: a channel that tells only the end has nothing to send before
          it.channel.update?.(copy, { ...card, state: 'denied', isOpen: false }),
          it.channel.tell?.(copy, card, sampleNotice(), `tell-${fault}`),
          it.channel.alert(it.place, sampleNotice(), `alert-${fault}`),
        ];
        for (const tried of tries) {
          const delivered = await tried;
          if (delivered) expectTrouble(it, fault, delivered, expect);
        }
        expect([fault, performance.now() - before < 2 * it.longestMs]).toEqual([fault, true]);
      }
      await it.fail(undefined);
      copyOf(await it.channel.post(it.place, card, 'key-after'));
    });
    test('what was done though its answer was lost can be found', async (it) => {
      if (!it.channel.find || !it.faults.includes('lost')) return;
      await it.fail('lost');
      expect((await it.channel.post(it.place, sampleCard(), 'key-1')).did).toEqual('unsure');
      await it.fail(undefined);
      copyOf(await it.channel.find(it.place, 'key-1'));
    });
  });
}

function expectTrouble(
  { secrets }: ChannelTested,
  fault: Fault,
  delivered: Delivered,
  expect: Runner['expect'],
): void {
  expect([fault, delivered.did, ENDS[fault].includes(delivered.did)]).toEqual([
    fault,
    delivered.did,
    true,
  ]);
  if (delivered.did === 'done') return;
  const { because } = delivered;
  expect(because.length > 0 && because.length <= 300).toEqual(true);
  for (const word of [...secrets, 'canary-of-the-agent'])
    expect([because, because.includes(word)]).toEqual([because, false]);
}

function describeHostile({ name, describe, test, expect }: Chapter): void {
  describe(`${name}: hostile text`, () => {
    test('R8 T11: text of others is inert, complete, or offers no approval', async (it) => {
      for (const [i, text] of HOSTILE.entries()) {
        const card = hostileCard(text);
        const delivered = await it.channel.post(it.place, card, `key-${i}`);
        const seen = await last(it, it.place);
        expect([text, seen.active]).toEqual([text, []]);
        expect([
          text,
          seen.links.filter((link) => !link.startsWith('https://gateway.example/')),
        ]).toEqual([text, []]);
        expect(/\p{Cf}|(?![\n\t])\p{Cc}/u.test(seen.text)).toEqual(false);
        if (delivered.did === 'done' && delivered.shown?.complete)
          expect([text, seen.text.includes(text.split('\n')[0] ?? '')]).toEqual([text, true]);
      }
      for (const [i, text] of HOSTILE.entries()) {
        const notice = sampleNotice({ headline: text, lines: [text] });
        copyOf(await it.channel.alert(it.place, notice, `alert-${i}`));
        expect([text, (await last(it, it.place)).active]).toEqual([text, []]);
      }
    });
    test('R8 A7: a card that is not shown whole offers no approval at a click', async (it) => {
      const long = hostileCard('long');
      const args = { list: Array.from({ length: 4_000 }, (_, i) => `value number ${i}`) };
      const view = { ...long.view, action: { ...long.view.action, arguments: args } };
      for (const card of [
        sampleCard({ view }),
        sampleCard({ view: { ...view, claim: 'short' } }),
        hostileCard('x'.repeat(40_000)),
        sampleCard({}, { complete: false }),
      ]) {
        const delivered = await it.channel.post(
          it.place,
          card,
          `key-${JSON.stringify(card).length}`,
        );
        if (delivered.did === 'done' && delivered.shown)
          expect(delivered.shown.complete).toEqual(false);
        const seen = await last(it, it.place);
        expect(seen.answers.includes('approve')).toEqual(false);
        expect(seen.links.includes(card.link)).toEqual(true);
      }
    });
    test('A12: what takes more than a click is not offered at a click', async (it) => {
      for (const approve of ['sign', 'console'] as const) {
        await it.channel.post(
          it.place,
          sampleCard({ approve, because: 'assurance' }),
          `key-${approve}`,
        );
        const seen = await last(it, it.place);
        expect(seen.answers.includes('approve')).toEqual(false);
        expect(seen.links.includes(sampleCard().link)).toEqual(true);
      }
    });
  });
}
