import type { ApprovalItem } from '@countersign/api';
import { brokenAt, clipped } from '../fold.ts';
import type { Io } from '../io.ts';
import { pageText } from '../page-text.ts';
import { duration, plain, styleOf } from '../text.ts';
import { selectedOf, type Model, type Question } from './model.ts';

/** Lines that are not the request: head, note, question or keys. */
const AROUND_PAGE = 4;
const LEAST = { columns: 32, rows: 8 } as const;
const WIDE = 72;
const NARROW = 48;

/** Whether anything can be read here. */
export const isTooSmall = (io: Io): boolean =>
  io.columns() < LEAST.columns || io.rows() < LEAST.rows;

/** Lines of a request there is room for. */
export const roomOf = (io: Io): number => Math.max(1, io.rows() - AROUND_PAGE);

/** A request as lines that fit, whoever wrote what is in them. */
export function pageLines(io: Io, { place }: Model): readonly string[] {
  if (place.at !== 'page') return [];
  const text = pageText(io, place.page, true).replace(/\n$/, '');
  return text.split('\n').flatMap((line) => brokenAt(line, io.columns()));
}

/** The screen: as many lines as there are rows, none longer than a row. */
export function drawn(io: Io, model: Model, lines: readonly string[]): readonly string[] {
  const rows = io.rows();
  if (isTooSmall(io)) return filled(['Make the terminal', 'larger; q leaves'], rows);
  const head = headOf(io, model);
  const foot = footOf(io, model).flatMap((line) => clipped(line, io.columns()));
  const room = rows - 1 - foot.length;
  const { place } = model;
  const body =
    place.at === 'page'
      ? lines.slice(place.top, place.top + room)
      : place.at === 'loading'
        ? ['', '  …']
        : listOf(io, model, room);
  return [head, ...filled(body, room), ...foot];
}

const filled = (lines: readonly string[], rows: number): readonly string[] => [
  ...lines.slice(0, rows),
  ...Array.from({ length: Math.max(0, rows - lines.length) }, () => ''),
];

function headOf(io: Io, { items, isLive }: Model): string {
  const { bold, dim } = styleOf(io);
  const { length } = items;
  const count =
    length === 0 ? 'nothing waits for you' : `${length} ${length === 1 ? 'waits' : 'wait'} for you`;
  return clipped(
    bold(`Countersign: ${count}`) + dim(isLive ? '' : '  (not connected)'),
    io.columns(),
  );
}

function listOf(io: Io, model: Model, room: number): readonly string[] {
  const { items } = model;
  const now = selectedOf(model);
  const at = now ? items.indexOf(now) : 0;
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), items.length - room));
  return items.slice(first, first + room).map((item) => rowOf(io, item, item === now));
}

function rowOf(io: Io, item: ApprovalItem, isSelected: boolean): string {
  const { bold, red } = styleOf(io);
  const columns = io.columns();
  const { risk, agent, headline, expiresAt, progress } = item;
  const isGrave = risk === 'high' || risk === 'critical';
  const cells = [
    duration(Date.parse(expiresAt) - io.now()).padEnd(10),
    ...(columns >= NARROW ? [(isGrave ? red : String)(risk.padEnd(8))] : []),
    ...(columns >= WIDE
      ? [`${progress.have}/${progress.need}`, clipped(plain(agent), 16).padEnd(16)]
      : []),
    plain(headline),
  ];
  const row = clipped(`${isSelected ? '>' : ' '} ${cells.join('  ')}`, columns);
  return isSelected ? bold(row) : row;
}

const KEYS = {
  list: 'j/k move · Enter read · a approve · d deny · o browser · q leave',
  loading: 'q back',
  page: 'j/k space scroll · a approve · d deny · o browser · q back',
} as const;

function footOf(io: Io, model: Model): readonly string[] {
  const { bold, dim } = styleOf(io);
  const { place } = model;
  if (place.at === 'page' && place.question)
    return ['', questionText(place.question), bold(promptOf(io, place.question))];
  return ['', plain(model.note), dim(KEYS[place.at])];
}

function questionText({ verb, step, reason }: Question): string {
  if (step === 'reason')
    return 'Why not? The agent is shown it as your words. Escape: decide nothing.';
  const why = reason === undefined ? '' : `, "${plain(reason)}"`;
  return `You are about to ${verb} this${why}. Anything but the code decides nothing.`;
}

/** The end of what was typed stays in sight. */
function promptOf(io: Io, { verb, step, code, typed, armedAt }: Question): string {
  const asked = step === 'reason' ? 'Reason' : `Type ${code.toUpperCase()} to ${verb} [no]`;
  if (io.now() < armedAt) return `${asked} …`;
  const shown = plain(typed);
  const room = Math.max(4, io.columns() - asked.length - 3);
  return `${asked}: ${shown.length > room ? shown.slice(-room) : shown}_`;
}
