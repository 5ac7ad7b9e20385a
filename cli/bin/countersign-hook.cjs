#!/usr/bin/env node
// What a coding agent's host starts for every use of a tool. INVARIANT: it ends with 0 or 2, never anything else: hosts take every
// other code, and a crash, for "go ahead" (R2). Plain JavaScript for any Node from 12 on; all else is loaded inside `try`.
'use strict';

const { existsSync, writeSync } = require('fs');
const { join } = require('path');
const { pathToFileURL } = require('url');

const MOST_BYTES = 8 * 1024 * 1024;
const LONGEST_READ_MS = 5000;
const LONGEST_SLEEP_MS = 2147483647;

const host = process.argv[2] || '';
const args = process.argv.slice(3);
const chunks = [];
let isAnswered = false;

/** A no in the host's own words, as far as it is known which event this is. */
function denial(why) {
  const event = eventName();
  const before = { permissionDecision: 'deny', permissionDecisionReason: why };
  const decision = { decision: { behavior: 'deny', message: why } };
  const output = (body) => ({ hookSpecificOutput: Object.assign({ hookEventName: event }, body) });
  const bodies = {
    'claude-code': { PreToolUse: output(before), PermissionRequest: output(decision) },
    codex: { PreToolUse: output(before), PermissionRequest: output(decision) },
    gemini: { '*': { decision: 'deny', reason: why } },
    cursor: { '*': { permission: 'deny', user_message: why, agent_message: why } },
    copilot: {
      '*': before,
      PreToolUse: Object.assign({}, before, output(before)),
      PostToolUse: {},
      PostToolUseFailure: {},
      postToolUse: {},
      postToolUseFailure: {},
    },
  };
  const known = bodies[host] || {};
  const body = known[event] || known['*'];
  // Claude Code does not look at exit 2 of this event, only at the decision
  const isDecision = host === 'claude-code' && event === 'PermissionRequest';
  return {
    stdout: body ? JSON.stringify(body) + '\n' : '',
    stderr: why + '\n',
    exit: isDecision ? 0 : 2,
  };
}

function eventName() {
  const at = args.indexOf('--event');
  try {
    const name = JSON.parse(Buffer.concat(chunks).toString('utf8')).hook_event_name;
    if (typeof name === 'string') return name;
  } catch {
    // told by the command line, or by nothing
  }
  return (at >= 0 && args[at + 1]) || '';
}

/** Writes all of it: a pipe may take a part, or nothing for a moment. */
function write(fd, text) {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0, tries = 0; at < bytes.length && tries < 2000;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      tries++;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function finish(answer) {
  if (isAnswered) return;
  isAnswered = true;
  let exit = answer.exit === 0 ? 0 : 2;
  try {
    write(1, answer.stdout);
  } catch {
    exit = 2; // the host cannot have read it
  }
  try {
    write(2, answer.stderr);
  } catch {
    // nobody reads it
  }
  process.exit(exit);
}

const deny = (why) => {
  const isAfter = /^(After|[Pp]ost)/.test(eventName());
  finish(
    denial((isAfter ? 'The tool ran, but its result was not looked at: ' : 'NOT EXECUTED: ') + why),
  );
};
const wordsOf = (error) => String((error && error.message) || error);

process.on('uncaughtException', (error) => deny('the hook failed: ' + wordsOf(error)));
process.on('unhandledRejection', (error) => deny('the hook failed: ' + wordsOf(error)));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.on(signal, () => deny('the hook was ended (' + signal + ') before there was an answer'));
process.on('exit', () => {
  // whatever else ends this process, without an answer it is a no
  if (!isAnswered) deny('the hook ended without an answer');
});

function readInput(done) {
  let size = 0;
  const late = setTimeout(
    () => setImmediate(() => deny('nothing came on standard input in time')),
    LONGEST_READ_MS,
  );
  process.stdin.on('error', (error) => deny('standard input cannot be read: ' + wordsOf(error)));
  process.stdin.on('data', (chunk) => {
    size += chunk.length;
    if (size > MOST_BYTES) return deny('the call is larger than 8 MiB');
    chunks.push(chunk);
  });
  process.stdin.on('end', () => {
    clearTimeout(late);
    done(Buffer.concat(chunks));
  });
}

/** Ends with a no before the host's own clock runs out: most hosts take that for "go ahead". */
function watch() {
  const at = args.indexOf('--timeout');
  const seconds = Number(at >= 0 ? args[at + 1] : NaN);
  if (!(seconds > 0)) return;
  const ms = Math.max(seconds * 1000 - 2000, seconds * 500);
  setTimeout(
    () => deny('the hook did not come to an answer in time'),
    Math.min(ms, LONGEST_SLEEP_MS),
  ).unref();
}

/** Compiled code is kept beside the configuration, which nobody else writes; without it every call costs more. */
function keepCompiled(nodeModule) {
  const at = args.indexOf('--config');
  const file = at >= 0 ? args[at + 1] : undefined;
  if (!file || !nodeModule.enableCompileCache) return;
  try {
    nodeModule.enableCompileCache(join(file, '..', 'hook', 'cache'));
  } catch {
    // it is only slower
  }
}

function load() {
  const nodeModule = require('module');
  keepCompiled(nodeModule);
  const source = join(__dirname, '..', 'src', 'hook', 'answer.ts');
  const isSource = existsSync(source);
  if (isSource)
    nodeModule.registerHooks({
      resolve: (specifier, context, next) =>
        next(
          specifier,
          Object.assign({}, context, {
            conditions: context.conditions.concat('@countersign/source'),
          }),
        ),
    });
  return import(
    pathToFileURL(isSource ? source : join(__dirname, '..', 'dist', 'hook', 'answer.js')).href
  );
}

try {
  watch();
  const version = process.versions.node;
  // an old Node reads the event all the same: only so its answer can be in the right words
  const loading =
    Number(version.split('.')[0]) < 24
      ? Promise.reject(new Error('Node ' + version + ' is too old, it needs 24 or newer'))
      : load();
  loading.catch(() => undefined);
  readInput((input) => {
    loading
      .then((answer) => answer.answerHook({ host, args, input }))
      .then(finish, (error) => deny(wordsOf(error)));
  });
} catch (error) {
  deny('the hook failed: ' + wordsOf(error));
}
