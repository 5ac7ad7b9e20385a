import type { ServerResponse } from 'node:http';
import type { Channel } from '@countersign/core';
import { describeChannelContract, type Fault, type Looked } from '@countersign/core/testing';
import { describe, expect, test } from 'vitest';
import { createWebhook } from '../src/index.ts';
import { SECRET, startReceiver, type Message } from './receiver.ts';

const STATUS: Readonly<Partial<Record<Fault, number>>> = { limited: 429, broken: 500, barred: 401 };

const everyText = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(everyText)
    : [String(value)];

/** What a receiver that shows every message would show. */
const shown = ({ payload }: Message): Looked => {
  const text = [payload.type, ...everyText(payload.data)].join('\n');
  return {
    text,
    answers: [],
    links: text.split('\n').filter((line) => line.startsWith('https://gateway.example/')),
    active: [],
    below: [],
  };
};

describeChannelContract(
  'webhook',
  async () => {
    const receiver = await startReceiver();
    const make = (): Channel =>
      createWebhook(
        { id: 'siem', url: receiver.url, secrets: [SECRET], allowLoopback: true, isPrivate: false },
        { now: Date.now, tell: () => undefined },
      );
    return {
      channel: make(),
      restarted: () => Promise.resolve(make()),
      place: 'all',
      isWhole: false,
      secrets: [SECRET, receiver.url],
      // a lost answer is no trouble: what is sent again has the same id
      faults: ['down', 'limited', 'broken', 'barred'],
      fail: async (fault) => {
        const status = fault && STATUS[fault];
        receiver.answerWith(
          fault &&
            ((response: ServerResponse) =>
              void (status ? response.writeHead(status).end() : response.destroy())),
        );
      },
      longestMs: 10_000,
      look: async () => receiver.messages.map(shown),
      dispose: receiver.stop,
    };
  },
  { describe, test, expect },
);
