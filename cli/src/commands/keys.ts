import { resolve } from 'node:path';
import { Failure, type Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { plain } from '../text.ts';

const ADVICE = `
Every gateway on the same ledger needs all of them (\`keys_dir\`), and none other; they refuse to start on a ledger of other keys.
- Put them into a secret manager now, and mount them from there. They belong in no image, no repository, no log.
- Keep a backup apart from those of the ledger: without master.key no payload can be opened again, and whoever has it
  and the database can open all of them.
`;

/** Makes the keys of an installation, once. */
export const init: Run = async ({ io, words, has }) => {
  const { makeKeys, StartFailure } = await import('@countersign/server');
  const folder = resolve(io.cwd, words[0] ?? '');
  try {
    const files = makeKeys(folder);
    if (has('json')) io.out(`${JSON.stringify({ folder, files })}\n`);
    else io.out(plain(`made ${files.join(', ')} in ${folder}`) + `\n${ADVICE}`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    throw new Failure(error.code, error.message, { hint: error.hint });
  }
};
