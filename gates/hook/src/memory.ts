import { createHash, randomUUID } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { canonical, type HookEvent } from './event.ts';

/** What could not be told when it happened: a call that was blocked, or how one ended. Never its arguments (R9). */
export type Spooled =
  | {
      readonly is: 'blocked';
      readonly at: string;
      readonly host: string;
      readonly tool: string;
      readonly why: string;
    }
  | {
      readonly is: 'outcome';
      readonly at: string;
      readonly actionId: string;
      readonly report: { readonly outcome: 'executed' | 'failed'; readonly resultDigest?: string };
    };

/** A headless call that ended to be resumed once people have answered. */
export type Deferred = {
  readonly session: string;
  readonly cwd: string;
  readonly actionId: string;
  readonly approvalId?: string;
  readonly at: string;
};

/** What hooks of one user remember between two processes, in a folder of their own. */
export type Memory = {
  /** Keeps which action a call became, until its result comes. */
  readonly begin: (event: HookEvent, actionId: string) => void;
  /** The action of a call; with `ends` it is forgotten. */
  readonly find: (event: HookEvent, ends?: 'ends') => string | undefined;
  readonly spool: (entry: Spooled) => void;
  readonly spooled: () => readonly Spooled[];
  /** Takes what is spooled, to tell it; what cannot be told is put back. */
  readonly drain: () => readonly Spooled[];
  readonly defer: (deferred: Deferred) => void;
  readonly deferred: () => readonly Deferred[];
  readonly resumed: (session: string) => void;
};

const make = (path: string): void => void mkdirSync(path, { recursive: true, mode: 0o700 });

const MOST_SPOOLED_BYTES = 256 * 1024;
const DAY_MS = 86_400_000;

const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** A call by its id; where the host has none, by what it is, however its members are ordered. */
const nameOf = ({ host, session, callId, tool, input }: HookEvent): string =>
  callId === undefined ? hash(host, session, tool, canonical(input)) : hash(host, session, callId);

/** Memory in a folder; made when there is something to keep. */
export function createMemory(folder: string): Memory {
  const calls = join(folder, 'calls');
  const deferrals = join(folder, 'deferred');
  const spoolFile = join(folder, 'spool.jsonl');
  const spool = (entry: Spooled): void => {
    make(folder);
    bound(spoolFile);
    appendFileSync(spoolFile, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  };
  const spooled = (): readonly Spooled[] =>
    readIf(spoolFile)
      .split('\n')
      .flatMap((line) => parsed<Spooled>(line));

  return {
    begin: (event, actionId) => {
      make(calls);
      const name = `${nameOf(event)}-${String(Date.now()).padStart(14, '0')}-${randomUUID()}`;
      writeFileSync(join(calls, name), actionId, { mode: 0o600 });
    },
    find: (event, ends) => {
      forgetOld(calls);
      const [first] = namesIn(calls).filter((name) => name.startsWith(nameOf(event)));
      if (first === undefined) return undefined;
      const actionId = readIf(join(calls, first));
      if (ends) rmSync(join(calls, first), { force: true });
      return actionId === '' ? undefined : actionId;
    },
    spool,
    spooled,
    drain: () => {
      const entries = spooled();
      rmSync(spoolFile, { force: true });
      return entries;
    },
    defer: (deferred) => {
      make(deferrals);
      const file = join(deferrals, `${hash(deferred.session)}.json`);
      writeFileSync(file, JSON.stringify(deferred), { mode: 0o600 });
    },
    deferred: () =>
      namesIn(deferrals)
        .flatMap((name) => parsed<Deferred>(readIf(join(deferrals, name))))
        .toSorted((one, other) => one.at.localeCompare(other.at)),
    resumed: (session) => rmSync(join(deferrals, `${hash(session)}.json`), { force: true }),
  };
}

/** Keeps the newer half of a file that grew too large. */
function bound(file: string): void {
  const text = readIf(file);
  if (text.length < MOST_SPOOLED_BYTES) return;
  const half = text.slice(text.length / 2);
  writeFileSync(file, half.slice(half.indexOf('\n') + 1), { mode: 0o600 });
}

/** A call whose result never came is `unknown` to the gateway by then. */
function forgetOld(folder: string): void {
  for (const name of namesIn(folder).slice(0, 50)) {
    const at = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - at > DAY_MS) rmSync(join(folder, name), { force: true });
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function readIf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function parsed<T>(line: string): T[] {
  try {
    return [JSON.parse(line) as T];
  } catch {
    return []; // half a line, of a process that was ended while it wrote
  }
}
