import type { Io } from './io.ts';

/** An option of a command, for parsing, help and completions. */
export type Option = {
  readonly type: 'string' | 'boolean';
  readonly help: string;
  readonly short?: string;
  readonly multiple?: true;
  /** What help calls the value. */
  readonly value?: string;
  readonly choices?: readonly string[];
};
export type Options = Readonly<Record<string, Option>>;

/** What a command is asked to do. */
export type Call = {
  readonly io: Io;
  readonly words: readonly string[];
  /** What follows `--`. */
  readonly rest: readonly string[];
  readonly text: (option: string) => string | undefined;
  readonly list: (option: string) => readonly string[];
  readonly has: (option: string) => boolean;
};

/** Does it; answers the exit code. */
export type Run = (call: Call) => Promise<number>;

/** One row of the table that parsing, help and completions are made from. */
export type Command = {
  readonly name: string;
  readonly summary: string;
  /** Positional arguments; `[…]` are optional, a last `[NAME…]` any number. A word may say its choices: `bash|zsh|fish`. */
  readonly words?: readonly string[];
  /** Takes a command after `--`. */
  readonly takesRest?: true;
  readonly options: Options;
  readonly notes?: readonly string[];
  readonly examples?: readonly string[];
  readonly load: () => Promise<Run>;
};

/** The command line itself is wrong; nothing was done. Exit code 2. */
export class Usage extends Error {}

/** A command could not do its work, for a reason to be told in one line. */
export class Failure extends Error {
  readonly code: string;
  readonly exitCode: number;
  readonly hint: string | undefined;
  constructor(code: string, message: string, about: { exitCode?: number; hint?: string } = {}) {
    super(message);
    this.code = code;
    this.exitCode = about.exitCode ?? 1;
    this.hint = about.hint;
  }
}
