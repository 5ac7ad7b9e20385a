import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { startPostgres } from '../../test/postgres.ts';
import { createDisk } from './preload.ts';

const GIVEN_UP_MS = 500;

/** The one PostgreSQL of a run, which can be hurt. */
export type Database = {
  readonly port: number;
  readonly folder: string;
  /** Its address through a port of ours. */
  readonly urlAt: (port: number) => string;
  readonly restart: (how: 'immediate' | 'fast' | 'kill', downMs: number) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  /** Its disk is full for so long; if it gave up meanwhile, it is started again. */
  readonly fill: (ms: number) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** Starts it; with `isFillable` its disk can be full. */
export async function createDatabase(isFillable: boolean): Promise<Database> {
  // its folder is made below the temporary one, under a name not known yet
  const disk = isFillable ? createDisk(tmpdir()) : undefined;
  const server = await startPostgres(disk ? { env: disk.env } : {});
  const urlAt = (port: number): string => server.url.replace(`:${server.port}/`, `:${port}/`);
  return {
    port: server.port,
    folder: server.folder,
    urlAt,
    restart: async (how, downMs) => {
      await server.stop(how);
      await sleep(downMs);
      await server.start();
    },
    pause: async (ms) => {
      server.pause();
      await sleep(ms);
      server.resume();
    },
    fill: async (ms) => {
      disk?.fill(true);
      await sleep(ms);
      disk?.fill(false);
      // it may have given up for want of space: whoever freed some starts it again
      await sleep(GIVEN_UP_MS);
      if (/PANIC/.test(server.log())) {
        await server.stop('immediate');
        await server.start();
      }
    },
    remove: async () => {
      disk?.fill(false);
      await server.remove();
      disk?.remove();
    },
  };
}
