import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseJson } from '@countersign/core';
import type { Json } from '@countersign/sdk';
import { Usage, type Call, type Options } from './command.ts';

/** How arguments of an action are given on a command line. */
export const ARGUMENT_OPTIONS: Options = {
  arg: {
    type: 'string',
    multiple: true,
    value: 'K=V',
    help: 'one argument: K=TEXT, or K:=JSON for numbers, lists, true and false',
  },
  args: {
    type: 'string',
    value: 'JSON',
    help: 'all arguments as an object: JSON, @FILE, or - for stdin',
  },
};

type Arguments = Readonly<Record<string, Json>>;

/** The arguments as given: `--args` first, each `--arg` over it. */
export async function readArguments(call: Call, start: Arguments = {}): Promise<Arguments> {
  const whole = call.text('args');
  const base = whole === undefined ? start : objectOf(await sourceOf(call, whole));
  return { ...base, ...Object.fromEntries(call.list('arg').map(readOne)) };
}

function readOne(text: string): [string, Json] {
  const [, name = '', colon, value = ''] = /^([^=:]+)(:?)=(.*)$/s.exec(text) ?? [];
  if (name === '' || name === '__proto__')
    throw new Usage(`\`--arg ${text}\` is not of the form K=V or K:=JSON`);
  return [name, colon === ':' ? jsonOf(value, `--arg ${name}`) : value];
}

async function sourceOf({ io }: Call, text: string): Promise<string> {
  if (text === '-') {
    const chunks: Uint8Array[] = [];
    for await (const chunk of io.stdin) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }
  if (!text.startsWith('@')) return text;
  try {
    return readFileSync(resolve(io.cwd, text.slice(1)), 'utf8');
  } catch {
    throw new Usage(`\`${text.slice(1)}\` cannot be read`);
  }
}

function objectOf(text: string): Arguments {
  const value = jsonOf(text, '--args');
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Arguments;
  throw new Usage('`--args` is not an object');
}

/** Strict JSON: the same rules as the gateway's, so that the mistake is told here, with its place. */
function jsonOf(text: string, where: string): Json {
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  const { message, offset } = parsed.error;
  throw new Usage(`\`${where}\` is not strict JSON: ${message} at character ${offset + 1}`);
}
