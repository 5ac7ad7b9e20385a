import type { Run } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { completionsFor, type Shell } from '../completions.ts';
import { EXIT } from '../exit.ts';

/** Prints the completion script of a shell. */
export const completions: Run = ({ io, words }) => {
  io.out(completionsFor(words[0] as Shell, COMMANDS));
  return Promise.resolve(EXIT.done);
};
