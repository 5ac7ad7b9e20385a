// The real gateway, killed by itself at one moment: CRASH_AT=<event type>:<before|durable>.
// `before`: the unit that carries the event never reaches the ledger writer.
// `durable`: the writer has committed it, and the gateway dies before it hears so.
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { serve } from '@countersign/server';

const [event = '', moment = ''] = (process.env['CRASH_AT'] ?? '').split(':');
const die = (): void => void process.kill(process.pid, 'SIGKILL');
let isArmed = false;

// oxlint-disable-next-line typescript/unbound-method -- called with the worker below
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (
  this: Worker,
  ...args: Parameters<Worker['postMessage']>
): void {
  const [message] = args as [{ readonly type?: string; readonly buffer?: ArrayBuffer }];
  const isIt =
    message.type === 'batch' &&
    message.buffer &&
    Buffer.from(message.buffer).includes(`"type":"${event}"`);
  if (isIt && moment === 'before') die();
  isArmed ||= Boolean(isIt);
  post.apply(this, args);
};

// oxlint-disable-next-line typescript/unbound-method -- called with the worker below
const { emit } = Worker.prototype;
Worker.prototype.emit = function (this: Worker, ...args: Parameters<Worker['emit']>): boolean {
  const [name, message] = args as unknown as [string, { readonly type?: string } | undefined];
  if (isArmed && name === 'message' && message?.type === 'batch') die();
  return emit.apply(this, args);
};

const { values } = parseArgs({ options: { config: { type: 'string' } } });
await serve({
  configPath: values.config ?? '',
  env: {},
  write: (text) => void process.stderr.write(text),
});
