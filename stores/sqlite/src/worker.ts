import { parentPort, workerData } from 'node:worker_threads';
import { serveWriter } from './serve-writer.ts';

if (!parentPort) throw new TypeError('the writer runs in a worker thread');
serveWriter(parentPort, workerData);
