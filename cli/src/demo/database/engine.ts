// The thread of the demo's database: it computes in one go, so it must not share a thread with the gateway.
import { parentPort, workerData } from 'node:worker_threads';
import type { AddressInfo } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { createFront } from './front.ts';
import type { Answer, EngineData, Question } from './protocol.ts';
import { createSession, type Seat } from './session.ts';

const { port, seed, passwords, exporter } = workerData as EngineData;
const post = (message: Answer | { readonly port: number }): void =>
  parentPort?.postMessage(message, []);

const db = await PGlite.create();
await db.exec(seed);
const session = createSession(db);
const front = createFront({ db, session, passwords });
front.listen(port, '127.0.0.1', () => post({ port: (front.address() as AddressInfo).port }));

const seat: Seat = { role: exporter, settings: [] };
parentPort?.on('message', ({ id, sql, values }: Question) => {
  void session
    .use(seat, async () => {
      const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
      post({ id, rows });
      return { isIdle: true };
    })
    .catch((error: unknown) => post({ id, error: String(error) }));
});
