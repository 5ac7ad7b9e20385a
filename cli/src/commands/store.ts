import { resolve } from 'node:path';
import { instant } from '@countersign/core';
import type { Checked } from '@countersign/server/operations';
import { Usage, type Call, type Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { configAt, configOf, counting, operate, print } from '../operation.ts';
import { field, plain, styleOf } from '../text.ts';

/** Copies a ledger into another store, verified. */
export const copy: Run = async (call) => {
  const { io } = call;
  const [from, to] = [call.text('from'), call.text('to')];
  if (from === undefined || to === undefined)
    throw new Usage('`--from CONFIG` and `--to CONFIG` say what is copied where');
  const isLive = call.has('live');
  const copied = await operate(async (server) =>
    server.copyStore(await configAt(server, io, from), await configAt(server, io, to), {
      now: instant(io.now()),
      isLive,
      onProgress: counting(io, 'copied'),
      onVerify: counting(io, 'verified'),
    }),
  );
  const { entries, root, isBehind } = copied;
  print(
    call,
    copied,
    `${styleOf(io).green('copied and verified')}\n${[
      field('entries', `${entries}, each hashed anew from the copy`),
      field('root', `${root}, on both sides`),
      isBehind
        ? field(
            'behind',
            'the source went on and signed more: this copy will not start as that ledger',
          )
        : '',
      field('next', 'keep the keys folder beside it; serve the one or the other, never both'),
    ].join('')}`,
  );
  return EXIT.done;
};

/** Checks everything a store or a backup keeps. */
export const check: Run = async (call) => {
  const { io } = call;
  const backup = call.text('backup');
  const checked = await operate(async (server) => {
    const count = counting(io, 'checked');
    if (backup === undefined) return server.checkStore(await configOf(server, call), count);
    const config = call.text('config') === undefined ? undefined : await configOf(server, call);
    return server.checkBackup(resolve(io.cwd, backup), config, count);
  });
  const isSound = checked.count === 0;
  print(call, { ok: isSound, ...checked }, textOf(call, checked));
  return isSound ? EXIT.done : EXIT.failed;
};

function textOf({ io }: Call, { entries, streams, root, count, problems }: Checked): string {
  const { green, red } = styleOf(io);
  const told = problems.map(
    ({ code, where, what, remedy }) =>
      `${red('FAIL')} ${code.padEnd(18)} ${plain(`${where}: ${what}`)}\n${' '.repeat(24)}${remedy}\n`,
  );
  if (count === 0) told.push(`${green('in order')}\n`);
  else told.push(`${count} ${count === 1 ? 'problem' : 'problems'}; nothing was changed\n`);
  return [
    ...told,
    field('entries', `${entries} in ${streams} streams, each hashed anew`),
    field('root', root),
    field('compared', 'leaves, tree, head, streams, standings, claims, blobs, last signed'),
  ].join('');
}
