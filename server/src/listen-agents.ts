import { constants } from 'node:crypto';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { basename, dirname } from 'node:path';
import { createSecureContext, type TLSSocket } from 'node:tls';
import type { AgentsTls } from './config/config.ts';
import type { App } from './http/app.ts';
import { CEILINGS, open, type Listening } from './listen.ts';
import { faultOf, type Log } from './log.ts';
import { StartFailure } from './start-failure.ts';
import type { Troubles } from './troubles.ts';

type Material = { readonly cert: string; readonly key: string; readonly ca: string };
type Around = { readonly log: Log; readonly troubles: Troubles };

/**
 * Listens for agents that show a certificate. Whoever shows none, or a wrong one, gets an answer that says so: the
 * handshake lets everyone in, and who they are is decided at each request.
 */
export async function listenForAgents(
  app: Pick<App, 'handleAgents'>,
  tls: AgentsTls | undefined,
  around: Around,
): Promise<Listening | undefined> {
  if (!tls) return undefined;
  const material = await readMaterial(tls).catch(refuseStart);
  const connections = createConnections();
  const server = createServer(
    {
      ...CEILINGS,
      ...material,
      minVersion: 'TLSv1.3',
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: 10_000,
      // a resumed session would carry what was believed of the certificate then
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
    (request: IncomingMessage, response: ServerResponse) => {
      const socket = request.socket as TLSSocket;
      connections.busy(socket, response);
      const certificate = socket.getPeerX509Certificate();
      app.handleAgents(request, response, { certificate, isTrusted: socket.authorized });
    },
  );
  server.on('secureConnection', connections.add);
  const listening = await open(server, tls.listen);
  const follow = followMaterial(server, { tls, first: material, connections, ...around });
  return {
    ...listening,
    close: async () => {
      follow.close();
      await listening.close();
    },
  };
}

async function readMaterial({ cert, key, clientCa }: AgentsTls): Promise<Material> {
  const [certText, keyText, ca] = await Promise.all(
    [cert, key, clientCa].map((path) => readFile(path, 'utf8')),
  );
  const material = { cert: certText ?? '', key: keyText ?? '', ca: ca ?? '' };
  // throws unless they fit each other
  createSecureContext(material);
  if (!material.ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new TypeError('there is no certificate in `client_ca`');
  return material;
}

function refuseStart(cause: unknown): never {
  throw new StartFailure('agents-tls', 'the listener for agents has no good certificate', {
    hint: 'let `cert`, `key` and `client_ca` of `agents_tls` name PEM files that fit each other',
    lines: [cause instanceof Error ? cause.message : String(cause)],
    cause,
  });
}

type Connections = {
  readonly add: (socket: TLSSocket) => void;
  readonly busy: (socket: TLSSocket, response: ServerResponse) => void;
  /** Ends each, those with an answer under way after it. */
  readonly retire: () => void;
};

function createConnections(): Connections {
  const all = new Map<TLSSocket, ServerResponse | undefined>();
  return {
    add: (socket) => {
      all.set(socket, undefined);
      socket.once('close', () => all.delete(socket));
    },
    busy: (socket, response) => {
      all.set(socket, response);
      response.once('close', () => {
        if (all.get(socket) === response) all.set(socket, undefined);
      });
    },
    retire: () => {
      for (const [socket, response] of all)
        if (response) response.once('close', () => socket.destroy());
        else socket.destroy();
    },
  };
}

const SETTLE_MS = 100;

/** Puts changed files in force; ones that do not fit change nothing, and that is said. */
function followMaterial(
  server: Server,
  parts: Around & {
    readonly tls: AgentsTls;
    readonly first: Material;
    readonly connections: Connections;
  },
): { readonly close: () => void } {
  const { tls, first, connections, log, troubles } = parts;
  let inForce = first;
  const put = async (): Promise<void> => {
    const next = await readMaterial(tls);
    troubles.end('agents-tls');
    if (next.cert === inForce.cert && next.key === inForce.key && next.ca === inForce.ca) return;
    server.setSecureContext({
      ...next,
      minVersion: 'TLSv1.3',
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    // who was let in by an authority that is gone must not stay
    if (next.ca !== inForce.ca) connections.retire();
    inForce = next;
    log.info('agents-tls-in-force');
  };
  const load = (): void =>
    void put().catch((error: unknown) => {
      troubles.begin('agents-tls', 'refused');
      log.error('agents-tls-refused', faultOf(error));
    });
  let timer: NodeJS.Timeout | undefined;
  const files = [tls.cert, tls.key, tls.clientCa];
  const watchers = [...new Set(files.map((file) => dirname(file)))].map((folder) => {
    const names = new Set(
      files.filter((file) => dirname(file) === folder).map((file) => basename(file)),
    );
    // the folder, not the file: a file is replaced, and Kubernetes mounts swap `..data`
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name !== null && !names.has(name) && name !== '..data') return;
      clearTimeout(timer);
      timer = setTimeout(load, SETTLE_MS);
      timer.unref();
    });
    return watcher.on('error', () => watcher.close());
  });
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
