import type { MessagePort } from 'node:worker_threads';
import { assertNever } from '@countersign/core';
import { databasePath } from './database.ts';
import { toData, toStoreFailure } from './failure.ts';
import type { Reply, Request, UnitMeta, WriterData } from './protocol.ts';
import { createWriter, type Growth, type Writer } from './writer.ts';

/**
 * Answers requests on a port, one at a time. After the first batch that failed it answers every request with
 * that failure: memory may be ahead of the disk, so nothing more is acknowledged.
 */
export function serveWriter(port: MessagePort, { folder, now }: WriterData, growth?: Growth): void {
  const post = (reply: Reply): void => port.postMessage(reply);
  const attempt = (step: () => Reply): Reply => {
    try {
      return step();
    } catch (cause) {
      return { type: 'failed', failure: toData(toStoreFailure(cause, databasePath(folder))) };
    }
  };
  let writer: Writer | undefined;
  let failed: Reply | undefined;
  const opened = attempt(() => {
    writer = createWriter(folder, now, growth);
    return { type: 'ready', head: writer.head() };
  });
  post(opened);
  if (!writer) return port.close();
  const live = writer;
  port.on('message', (request: Request) => {
    const reply =
      request.type !== 'close' && failed ? failed : attempt(() => answer(live, request));
    // an erasure that failed leaves log and tree as they were
    if (reply.type === 'failed' && request.type === 'batch') failed = reply;
    post(reply);
    if (request.type === 'close') port.close();
  });
}

function answer(writer: Writer, request: Request): Reply {
  switch (request.type) {
    case 'batch': {
      const units: UnitMeta[] = JSON.parse(request.units);
      const replies = writer.write(units, Buffer.from(request.buffer), request.now);
      return { type: 'batch', units: replies, head: writer.head() };
    }
    case 'erase':
      writer.erase(request.stream);
      return { type: 'erased' };
    case 'close':
      writer.close();
      return { type: 'closed' };
    default:
      return assertNever(request);
  }
}
