import { StringDecoder } from 'node:string_decoder';

/** One block of a stream: `data` is absent where it only carries an id, a retry time or a comment. */
export type SseEvent = {
  readonly data?: string;
  readonly event?: string;
  readonly id?: string;
  readonly retry?: number;
};

/** Reads a stream piece by piece. */
export type SseReader = {
  /** The blocks that are complete now. `too-large`: one block outgrew the bound; nothing more can be read. */
  readonly push: (chunk: Uint8Array) => readonly SseEvent[] | 'too-large';
};

const MAX_ID = 4_096;
const END = /\r\n|\r|\n/g;

type Block = { data: string[]; event?: string; id?: string; retry?: number; size: number };

/** A reader of `text/event-stream` (WHATWG HTML §9.2) that holds at most `maxSize` characters of an unfinished block. */
export function createSseReader(maxSize: number): SseReader {
  const decoder = new StringDecoder('utf8');
  let [isFirst, isBroken, endedInCr] = [true, false, false];
  let pieces: string[] = []; // of the unfinished line, joined once
  let held = 0;
  let block: Block = { data: [], size: 0 };

  const decode = (chunk: Uint8Array): string => {
    let text = decoder.write(chunk);
    if (text === '') return text;
    if (isFirst && text.codePointAt(0) === 0xfeff) text = text.slice(1);
    isFirst = false;
    // a lone CR ends a line too, so an LF that comes later belongs to it
    const isRest = endedInCr && text.startsWith('\n');
    endedInCr = text.endsWith('\r');
    return isRest ? text.slice(1) : text;
  };
  const line = (last: string, out: SseEvent[]): void => {
    const text = pieces.length === 0 ? last : pieces.join('') + last;
    [pieces, held] = [[], 0];
    if (text !== '') return field(block, text);
    const event = finish(block);
    if (event) out.push(event);
    block = { data: [], size: 0 };
  };
  const push: SseReader['push'] = (chunk) => {
    const text = isBroken ? '' : decode(chunk);
    const out: SseEvent[] = [];
    let from = 0;
    END.lastIndex = 0;
    for (let end = END.exec(text); end && !isBroken; end = END.exec(text)) {
      line(text.slice(from, end.index), out);
      from = END.lastIndex;
      isBroken = block.size > maxSize;
    }
    if (from < text.length) {
      pieces.push(text.slice(from));
      held += text.length - from;
    }
    isBroken ||= block.size + held > maxSize;
    return isBroken ? 'too-large' : out;
  };
  return { push };
}

function field(block: Block, line: string): void {
  const colon = line.indexOf(':');
  if (colon === 0) return; // a comment
  const name = colon < 0 ? line : line.slice(0, colon);
  const start = line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1;
  const value = colon < 0 ? '' : line.slice(start);
  if (name === 'data') {
    block.data.push(value);
    block.size += value.length + 1;
  } else if (name === 'event') block.event = value;
  else if (name === 'id' && !value.includes('\0') && value.length <= MAX_ID) block.id = value;
  else if (name === 'retry' && /^\d{1,9}$/.test(value)) block.retry = Number(value);
}

function finish({ data, event, id, retry }: Block): SseEvent | undefined {
  if (data.length === 0 && id === undefined && retry === undefined) return undefined;
  return {
    ...(data.length === 0 ? {} : { data: data.length === 1 ? (data[0] ?? '') : data.join('\n') }),
    ...(event === undefined ? {} : { event }),
    ...(id === undefined ? {} : { id }),
    ...(retry === undefined ? {} : { retry }),
  };
}

/** One block as text. Line ends inside `data` become lines of their own: in JSON they can only be white space. */
export function writeSse({ data, event, id, retry }: SseEvent): string {
  let out = '';
  if (event !== undefined) out += `event: ${event}\n`;
  if (id !== undefined) out += `id: ${id}\n`;
  if (retry !== undefined) out += `retry: ${retry}\n`;
  if (data !== undefined)
    out += /[\r\n]/.test(data)
      ? data
          .split(/\r\n|\r|\n/)
          .map((line) => `data: ${line}\n`)
          .join('')
      : `data: ${data}\n`;
  return `${out}\n`;
}
