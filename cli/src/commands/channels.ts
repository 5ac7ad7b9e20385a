import type {
  ChannelItem,
  ChannelList,
  DeadLetter,
  DeadLetters,
  Replayed,
  TriedChannel,
} from '@countersign/api';
import { createTransport } from '@countersign/sdk';
import type { Call, Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { folded } from '../fold.ts';
import { plain, table } from '../text.ts';

/** Channels of a gateway. What changes something is sent once: a person decides to try again. */
function channels(call: Call) {
  const { json } = createTransport(identityOf(call, 'person'));
  const path = `/v1/channels/${encodeURIComponent(call.words[0] ?? '')}`;
  return {
    all: (): Promise<ChannelList> => json({ method: 'GET', path: '/v1/channels', tries: 3 }),
    letters: (): Promise<DeadLetters> => json({ method: 'GET', path: `${path}/letters`, tries: 3 }),
    send: <T>(verb: 'replay' | 'try', body: object): Promise<T> =>
      json({ method: 'POST', path: `${path}/${verb}`, body }),
  };
}

function tell(call: Call, answer: object, text: string): void {
  const { io } = call;
  const shown = io.isTty.out ? folded(text, io.columns()) : text;
  io.out(call.has('json') ? `${JSON.stringify(answer)}\n` : shown);
}

const CHANNELS = ['CHANNEL', 'KIND', 'STATE', 'WAITING', 'OPEN', 'DEAD', 'BECAUSE'];

const channelRow = (one: ChannelItem): readonly string[] => [
  plain(one.id),
  one.kind,
  one.since === undefined ? one.state : `${one.state} since ${one.since}`,
  String(one.waiting),
  String(one.open),
  String(one.dead),
  plain(one.because ?? ''),
];

/** Every channel as it stands. */
export const list: Run = async (call) => {
  const found = await channels(call).all();
  const rows = found.items.map(channelRow);
  tell(call, found, rows.length === 0 ? 'no channels\n' : table([CHANNELS, ...rows]));
  return EXIT.done;
};

const letterRow = ({ at, subject, place, because }: DeadLetter): readonly string[] =>
  [at, subject, place, because].map(plain);

/** What could not be put in one. */
export const letters: Run = async (call) => {
  const found = await channels(call).letters();
  const rows = found.items.map(letterRow);
  const text = table([['AT', 'ABOUT', 'PLACE', 'BECAUSE'], ...rows]);
  tell(call, found, rows.length === 0 ? 'no dead letters\n' : text);
  return EXIT.done;
};

/** Has them tried again. */
export const replay: Run = async (call) => {
  const done = await channels(call).send<Replayed>('replay', {});
  tell(call, done, `${done.replayed} tried again\n`);
  if (done.rest > 0) call.io.err(`${done.rest} more: replay once again\n`);
  return EXIT.done;
};

const SAYS: Readonly<Record<TriedChannel['did'], string>> = {
  done: 'the message is there',
  again: 'not now',
  unsure: 'nobody knows whether it is there',
  refused: 'it was refused',
  gone: 'there is no such place any more',
};

/** Puts a message there. */
export const tryIt: Run = async (call) => {
  const place = call.text('place');
  const tried = await channels(call).send<TriedChannel>(
    'try',
    place === undefined ? {} : { place },
  );
  const { did, because } = tried;
  tell(call, tried, `${SAYS[did]}${because === undefined ? '' : `: ${plain(because)}`}\n`);
  return did === 'done' ? EXIT.done : EXIT.failed;
};
