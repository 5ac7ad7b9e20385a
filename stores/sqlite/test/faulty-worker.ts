// The writer's thread over a driver that fails where the environment says.
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { serveWriter } from '../src/serve-writer.ts';
import { faulty, type Step } from './fault.ts';

type Done = ReturnType<StatementSync['run']>;
const begin = faulty<void>('begin');
const commit = faulty<void>('commit');
const runs = {
  events: faulty<Done>('insert'),
  tiles: faulty<Done>('tile'),
  heads: faulty<Done>('head'),
};

// oxlint-disable-next-line typescript/unbound-method -- called with its own this below
const exec = DatabaseSync.prototype.exec;
let isOpen = false;
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  const step: Step | undefined =
    sql === 'BEGIN IMMEDIATE' ? 'begin' : sql === 'COMMIT' ? 'commit' : undefined;
  if (step === 'begin' && isOpen) {
    // the control of the power-cut test: what a driver's usual default would lose
    const pragmas = process.env['TEST_PRAGMAS'];
    if (pragmas) exec.call(this, pragmas);
    delete process.env['TEST_PRAGMAS'];
    return begin(() => exec.call(this, sql));
  }
  if (step === 'commit' && isOpen) return commit(() => exec.call(this, sql));
  exec.call(this, sql);
};

// oxlint-disable-next-line typescript/unbound-method -- called with its own this below
const run = StatementSync.prototype.run;
type Values = Parameters<typeof run>;
StatementSync.prototype.run = function (this: StatementSync, ...values: unknown[]): Done {
  const table = /^INSERT INTO (events|tiles|heads) /.exec(this.sourceSQL)?.[1];
  const work = (): Done => run.apply(this, values as Values);
  if (table === 'events' || table === 'tiles' || table === 'heads') return runs[table](work);
  return work();
};

if (parentPort) {
  const port = parentPort;
  const reply = faulty<void>('reply');
  const post = port.postMessage.bind(port);
  port.postMessage = (message: unknown): void =>
    isOpen ? reply(() => post(message)) : post(message);
  serveWriter(port, workerData);
  isOpen = true; // migrations and the first reply are not steps of a batch
}
