import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { asLoose, asText, type Loose } from './form.ts';

/** The far end of Socket Mode. */
export type FakeSocket = {
  /** A fresh address, good for one connection. */
  readonly ticket: () => string;
  readonly isConnected: () => boolean;
  readonly connections: () => number;
  /** Sends one envelope and gives what it was acknowledged with; throws when nobody does in three seconds. */
  readonly send: (type: string, payload: Loose, envelope?: string) => Promise<Loose>;
  /** Asks every connection to come again, as Slack does now and then. */
  readonly refresh: () => void;
  /** Cuts every connection. */
  readonly cut: () => void;
  /** Sends something as it is. */
  readonly raw: (text: string) => void;
  readonly close: () => Promise<void>;
};

const ACK_MS = 3_000;

export async function createFakeSocket(appId: string): Promise<FakeSocket> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const tickets = new Set<string>();
  const waiting = new Map<string, (payload: Loose) => void>();
  const open = new Set<WebSocket>();
  let opened = 0;

  server.on('connection', (socket, request) => {
    const ticket = URL.parse(request.url ?? '', 'ws://127.0.0.1')?.searchParams.get('ticket') ?? '';
    if (!tickets.delete(ticket)) return socket.close();
    open.add(socket);
    opened += 1;
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => open.delete(socket));
    socket.on('message', (data: Buffer) => {
      const { envelope_id: id, payload } = asLoose(JSON.parse(data.toString()));
      waiting.get(asText(id))?.(asLoose(payload));
    });
    socket.send(JSON.stringify({ type: 'hello', connection_info: { app_id: appId } }));
    return undefined;
  });

  const send = async (
    type: string,
    payload: Loose,
    envelope: string = randomUUID(),
  ): Promise<Loose> => {
    const [socket] = open;
    if (!socket) throw new Error('nobody is connected');
    const text = JSON.stringify({
      envelope_id: envelope,
      type,
      payload,
      accepts_response_payload: true,
    });
    return new Promise<Loose>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('not acknowledged')), ACK_MS);
      waiting.set(envelope, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      socket.send(text);
    });
  };
  return {
    ticket: () => {
      const ticket = randomUUID();
      tickets.add(ticket);
      return `ws://127.0.0.1:${port}/link/?ticket=${ticket}`;
    },
    isConnected: () => open.size > 0,
    connections: () => opened,
    send,
    refresh: () =>
      open.forEach((socket) =>
        socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' })),
      ),
    cut: () => open.forEach((socket) => socket.terminate()),
    raw: (text) => open.forEach((socket) => socket.send(text)),
    close: async () => {
      open.forEach((socket) => socket.terminate());
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
