// The writer without its tree: what the same inserts cost unhashed.
import { parentPort, workerData } from 'node:worker_threads';
import { serveWriter } from '../src/serve-writer.ts';

const LEAF = '0'.repeat(32);

if (parentPort)
  serveWriter(parentPort, workerData, {
    hash: () => LEAF,
    restore: (_, { size: start }) => {
      let size = start;
      return {
        size: () => size,
        root: () => LEAF,
        push: () => {
          size++;
        },
      };
    },
  });
