import type { ServerResponse } from 'node:http';
import type { StreamEvent } from '../link.ts';
import type { Received, Response } from '../message.ts';
import { writeSse } from '../sse.ts';
import { bodyOf, type Refusal } from './refusal.ts';

/** The response of one HTTP request: JSON, or from the first thing that comes before the answer a stream. */
export type Line = {
  /** Begins to stream. Harmless twice. */
  readonly hold: () => void;
  readonly event: (event: StreamEvent) => void;
  /** Answers and ends; `isBatch`: as a list, where nothing was streamed. */
  readonly answer: (
    answers: readonly Received<Response>[],
    how?: { readonly status?: number; readonly isBatch?: boolean },
  ) => void;
  /** Ends without any message: with a status, where nothing was streamed. */
  readonly end: (status?: number) => void;
  readonly refuse: (refused: Refusal) => void;
  /** Makes what is aborted when the other end is gone before the answer is; never where it can come back for it. */
  readonly leaving: () => AbortController;
};

const STREAM: readonly string[] = [
  'content-type',
  'text/event-stream',
  'cache-control',
  'no-cache, no-transform',
  'x-accel-buffering',
  'no',
];
const COMMENT_MS = 8_000;
/** A reader that lets this much pile up is not reading. */
const MAX_UNREAD = 32 * 1024 * 1024;

/** Opens the line of a response. `headers` are sent with whatever is answered. */
export function createLine(response: ServerResponse, headers: readonly string[] = []): Line {
  const leaving: AbortController[] = [];
  let comments: NodeJS.Timeout | undefined;
  let isResumable = false;
  const isOver = (): boolean => response.writableEnded || response.destroyed;
  // whoever got an event id comes back with it; the request goes on meanwhile
  const isGone = (): boolean => response.destroyed && !response.writableFinished && !isResumable;
  response.on('close', () => {
    clearInterval(comments);
    if (isGone()) for (const one of leaving) one.abort('gone');
  });
  const begin = (): void => {
    if (response.headersSent || isOver()) return;
    response.writeHead(200, [...headers, ...STREAM]);
    // a proxy may wait for a first byte, and some clients give it a minute
    response.write(':\n\n');
    comments = setInterval(() => write(':\n\n'), COMMENT_MS);
    comments.unref();
  };
  const write = (text: string): void => {
    if (isOver()) return;
    if (response.writableLength > MAX_UNREAD) return void response.destroy();
    response.write(text);
  };
  const whole = (
    status: number,
    type: string,
    text: string,
    more: readonly string[] = [],
  ): void => {
    if (response.headersSent || isOver()) return void response.end();
    const length = String(Buffer.byteLength(text));
    response.writeHead(status, [
      ...headers,
      ...(type === '' ? [] : ['content-type', type]),
      'content-length',
      length,
      'cache-control',
      'no-store',
      ...more,
    ]);
    response.end(text);
  };
  const json = (status: number, text: string, more?: readonly string[]): void =>
    whole(status, 'application/json', text, more);

  return {
    leaving: () => {
      const one = new AbortController();
      // it may have gone before anything listened
      if (isGone()) one.abort('gone');
      else leaving.push(one);
      return one;
    },
    hold: begin,
    event: ({ message, id, retry }) => {
      begin();
      isResumable ||= id !== undefined;
      write(
        writeSse({
          ...(message && { event: 'message' }),
          data: message?.text ?? '',
          ...(id !== undefined && { id }),
          ...(retry !== undefined && { retry }),
        }),
      );
    },
    answer: (answers, { status = 200, isBatch = false } = {}) => {
      if (!response.headersSent) {
        const texts = answers.map(({ text }) => text).join(',');
        return json(status, isBatch ? `[${texts}]` : texts);
      }
      for (const { text } of answers) write(writeSse({ event: 'message', data: text }));
      if (!isOver()) response.end();
    },
    end: (status = 200) => whole(status, '', ''),
    refuse: (refused) => json(refused.status, bodyOf(refused), refused.headers),
  };
}
