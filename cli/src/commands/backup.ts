import { resolve } from 'node:path';
import { Usage, type Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { configOf, counting, epochOptions, operate, print } from '../operation.ts';
import { field, plain, styleOf } from '../text.ts';

const NO_KEYS = 'not in it: save them apart, with short-lived copies, or erasure is undone';

/** Saves a store, served or not, as a folder. */
export const backup: Run = async (call) => {
  const { io } = call;
  const out = call.text('out');
  if (out === undefined) throw new Usage('`--out FOLDER` says where the backup goes');
  const folder = resolve(io.cwd, out);
  const { head, parts, checkpoint } = await operate(async (server) =>
    server.backUp(await configOf(server, call), folder, {
      now: io.now(),
      onProgress: counting(io, 'saved'),
    }),
  );
  const bytes = Object.values(parts).reduce((sum, part) => sum + part.bytes, 0);
  const saved = { folder, entries: head.size, bytes, isSigned: checkpoint !== undefined };
  print(
    call,
    saved,
    `${styleOf(io).green('saved')}\n${[
      field('folder', plain(folder)),
      field('entries', `${head.size}, each hashed on the way; ${bytes} bytes in all`),
      field('keys', NO_KEYS),
    ].join('')}`,
  );
  return EXIT.done;
};

/** Restores a backup into an empty store. */
export const restore: Run = async (call) => {
  const { io } = call;
  const from = call.text('from');
  if (from === undefined) throw new Usage('`--from FOLDER` says which backup');
  const restored = await operate(async (server) =>
    server.restore(await configOf(server, call), resolve(io.cwd, from), {
      ...(call.has('new-epoch') && { newEpoch: epochOptions(call) }),
      onProgress: counting(io, 'restored'),
    }),
  );
  const { entries, root, epoch } = restored;
  print(
    call,
    restored,
    `${styleOf(io).green('restored')}\n${[
      field('entries', `${entries}, each hashed on the way`),
      field('root', root),
      epoch
        ? field('epoch', `${epoch.epoch}, as ${plain(epoch.origin)}; hand out the new trust.txt`)
        : field('signed', 'nothing that was signed is missing'),
    ].join('')}`,
  );
  return EXIT.done;
};
