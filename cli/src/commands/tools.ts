import type { ToolItem, ToolList, ToolPage } from '@countersign/api';
import { digestToolView, type ToolChange } from '@countersign/core';
import { createTransport } from '@countersign/sdk';
import { Failure, Usage, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { folded } from '../fold.ts';
import { field, plain, table } from '../text.ts';

/** Tools as a person sees them. A review is sent once: a person decides to try again. */
function toolsOf(call: Call) {
  const { json } = createTransport(identityOf(call, 'person'));
  return {
    all: (server: string | undefined): Promise<ToolList> =>
      json({
        method: 'GET',
        path: `/v1/tools${server === undefined ? '' : `?server=${encodeURIComponent(server)}`}`,
        tries: 3,
      }),
    one: (path: string): Promise<ToolPage> =>
      json({ method: 'GET', path: `/v1/tools/${path}`, tries: 3 }),
    review: (body: object): Promise<ToolPage> =>
      json({
        method: 'POST',
        path: '/v1/tools/review',
        body,
        headers: { 'countersign-channel': 'terminal' },
      }),
  };
}

const HEADER = ['TOOL', 'STANDING', 'WHY', 'PIN', 'WAITING'];

const row = ({ server, tool, standing, because, offered, pins }: ToolItem): readonly string[] => [
  plain(`${server}/${tool}`),
  standing,
  standing === 'suspended' ? (because ?? '') : '',
  short(offered),
  String(pins.filter((one) => one.standing === 'suspended').length),
];

const short = (pin: string): string => pin.slice('sha256:'.length, 'sha256:'.length + 12);

/** Tools of all servers, or of one. */
export const list: Run = async (call) => {
  const { io } = call;
  const found = await toolsOf(call).all(call.text('server'));
  if (call.has('json')) io.out(`${JSON.stringify(found)}\n`);
  else if (found.items.length === 0) io.out('no tools\n');
  else {
    const { items, total } = found;
    const more = total > items.length ? `${total - items.length} more; name one --server\n` : '';
    io.out(`${table([HEADER, ...items.map(row)])}${more}`);
  }
  return EXIT.done;
};

/** The tool that is named, as it is asked for: by the gateway it is shown from, never from somewhere else. */
async function pageIn(call: Call): Promise<ToolPage> {
  const word = call.words[0] ?? '';
  const cut = word.indexOf('/');
  if (cut < 1 || cut === word.length - 1)
    throw new Usage('name a tool as SERVER/TOOL, as `countersign tools list` does');
  const path = [word.slice(0, cut), word.slice(cut + 1)].map(encodeURIComponent).join('/');
  const pin = call.text('pin');
  const page = await toolsOf(call).one(pin === undefined ? path : `${path}?pin=${pin}`);
  if (digestToolView(page.view) === page.seenDigest) return page;
  throw new Failure('seen-mismatch', 'the gateway shows something else than it asks to review', {
    hint: 'do not review it; tell whoever operates it',
  });
}

/** One place that differs: what went with `-`, what came with `+`, what stayed between. No colour is needed to read it. */
function changeText({ path, is, before, after, pieces }: ToolChange): string {
  const marked = pieces?.map((one) => `${MARK[one.is][0]}${one.text}${MARK[one.is][1]}`).join('');
  return [
    `  ${is} ${plain(path)}\n`,
    ...(before === undefined ? [] : signed('-', before)),
    ...(after === undefined ? [] : signed('+', after)),
    ...(marked === undefined ? [] : signed('=', marked)),
  ].join('');
}

const signed = (sign: string, text: string): readonly string[] =>
  text.split('\n').map((line) => `    ${sign} ${plain(line)}\n`);

const MARK = { same: ['', ''], added: ['{+', '+}'], removed: ['[-', '-]'] } as const;

function pageText(page: ToolPage): string {
  const { view, seenDigest, pins, names } = page;
  const { standing, because, was, changes, suspicions } = view;
  const review = pins.find(({ pin }) => pin === view.pin)?.review;
  const by = review && plain(names[review.by] ?? review.by);
  return [
    `${standing}${because && standing === 'suspended' ? ` (${because})` : ''}  ${plain(`${view.server}/${view.tool}`)}\n`,
    field('pin', view.pin),
    was === undefined ? '' : field('accepted', was),
    suspicions.length > 0 ? field('suspicious', suspicions.join(', ')) : '',
    review ? field('reviewed', `${review.choice} by ${by} at ${review.at}`) : '',
    review?.reason === undefined ? '' : field('', `"${plain(review.reason)}"`),
    changes.length === 0 ? '  nothing differs from what was accepted\n' : '',
    '\n',
    ...changes.map(changeText),
    '\n',
    field('seen', seenDigest),
  ].join('');
}

function tell(call: Call, page: ToolPage): number {
  const { io } = call;
  const text = pageText(page);
  const shown = io.isTty.out ? folded(text, io.columns()) : text;
  io.out(call.has('json') ? `${JSON.stringify(page)}\n` : shown);
  return EXIT.done;
}

/** How a definition differs from what was accepted. */
export const show: Run = async (call) => tell(call, await pageIn(call));

const reviewing =
  (choice: 'accept' | 'refuse'): Run =>
  async (call) => {
    const page = await pageIn(call);
    const seen = call.text('seen');
    if (seen === undefined) {
      tell(call, page);
      throw new Failure('seen-missing', 'nothing was decided', {
        exitCode: EXIT.usage,
        hint: 'read the difference, then pass --seen with the digest that stands under it',
      });
    }
    if (seen !== page.seenDigest)
      throw new Failure('seen-mismatch', 'what you saw is not what is reviewed');
    const { server, tool, pin } = page.view;
    const reason = call.text('reason');
    const said = { server, tool, pin, choice, seenDigest: seen };
    const body = reason === undefined ? said : { ...said, reason };
    return tell(call, await toolsOf(call).review(body));
  };

/** Lets a definition be listed and called. */
export const accept: Run = reviewing('accept');

/** Keeps a definition from being listed and called. */
export const refuse: Run = reviewing('refuse');
