import * as channel from '../channel.ts';
import type { RouteOf } from './route.ts';

export type ChannelBodies = {
  readonly replayLetters: channel.Replaying;
  readonly tryChannel: channel.TryingChannel;
};

/** Where people are asked besides the console, and whether that works. */
export const channelRoutes: readonly RouteOf<ChannelBodies, 'channels' | 'deadLetters'>[] = [
  {
    id: 'channels',
    method: 'GET',
    path: '/v1/channels',
    summary: 'Channels people are asked in, and whether messages go through',
    callers: ['person'],
    answers: { 200: { description: 'every configured channel', schema: channel.channelList } },
    problems: [],
  },
  {
    id: 'deadLetters',
    method: 'GET',
    path: '/v1/channels/{id}/letters',
    summary: 'What could not be put in a channel, and why',
    callers: ['person'],
    needs: 'administrator',
    answers: { 200: { description: 'the newest', schema: channel.deadLetters } },
    problems: ['not-found'],
  },
  {
    id: 'replayLetters',
    method: 'POST',
    path: '/v1/channels/{id}/replay',
    summary: 'Try again what could not be put in a channel',
    callers: ['person'],
    needs: 'administrator',
    body: channel.replaying,
    answers: { 200: { description: 'how many', schema: channel.replayed } },
    problems: ['not-found'],
  },
  {
    id: 'tryChannel',
    method: 'POST',
    path: '/v1/channels/{id}/try',
    summary: 'Put a message in a channel that says nothing but that it works',
    callers: ['person'],
    needs: 'administrator',
    body: channel.tryingChannel,
    answers: { 200: { description: 'what became of it', schema: channel.triedChannel } },
    problems: ['not-found'],
  },
];
