import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Node } from 'libpg-query';

type Token = { readonly name: string; readonly text: string };

export type Parser = {
  /** Throws `NotParsed`. */
  readonly parse: (text: string) => readonly Node[];
  /** Its words, literals and comments. Throws `NotParsed`. */
  readonly scan: (text: string) => readonly Token[];
};

/** Why a text cannot be read. */
export class NotParsed extends Error {
  readonly code: 'syntax' | 'too-deep' | 'busy';
  constructor(code: NotParsed['code'], message: string) {
    super(message);
    this.name = 'NotParsed';
    this.code = code;
  }
}

/** What is used of the library's WebAssembly module; its own wrapper cannot be made anew. */
type Instance = {
  readonly HEAPU8: Uint8Array;
  readonly lengthBytesUTF8: (text: string) => number;
  readonly stringToUTF8: (text: string, pointer: number, bytes: number) => void;
  readonly UTF8ToString: (pointer: number) => string;
  readonly getValue: (pointer: number, type: 'i32') => number;
} & Readonly<
  Record<
    | '_malloc'
    | '_free'
    | '_wasm_parse_query_raw'
    | '_wasm_free_parse_result'
    | '_wasm_scan'
    | '_wasm_free_string',
    (pointerOrSize: number) => number
  >
>;

const READY = 3;
/** Memory of an instance never shrinks; one that a huge text made larger than this is left. */
const LARGEST = 256 * 1024 * 1024;

/**
 * Loads PostgreSQL's parser.
 *
 * ATTACKER: a text that nests deep enough overflows the stack in the middle of the module, which keeps what it held: some forty
 * of them and it reads nothing any more. So an instance that trapped is never used again, and others are ready.
 */
export async function loadParser(): Promise<Parser> {
  const open = opener();
  const ready: Instance[] = await Promise.all(Array.from({ length: READY }, open));
  const refill = (): void => void open().then((one) => ready.push(one));
  const using = <T>(text: string, work: (instance: Instance, pointer: number) => T): T => {
    const instance = ready[0];
    if (!instance) throw new NotParsed('busy', 'the parser is starting again');
    try {
      const result = withText(instance, text, work);
      if (instance.HEAPU8.length > LARGEST) leave(ready, refill);
      return result;
    } catch (error) {
      if (error instanceof NotParsed) throw error;
      leave(ready, refill);
      throw new NotParsed('too-deep', 'it nests too deeply');
    }
  };
  return { parse: (text) => using(text, parsed), scan: (text) => using(text, scanned) };
}

function leave(ready: Instance[], refill: () => void): void {
  ready.shift();
  refill();
}

/** Of the platform; TypeScript knows it as a part of browsers only. */
type Wasm = {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
};

function opener(): () => Promise<Instance> {
  const require = createRequire(import.meta.url);
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: Wasm };
  const factory = require('libpg-query/wasm/libpg-query.js') as (
    options: object,
  ) => Promise<Instance>;
  const code = new WebAssembly.Module(
    readFileSync(require.resolve('libpg-query/wasm/libpg-query.wasm')),
  );
  return () =>
    factory({
      printErr: () => undefined,
      instantiateWasm: (imports: object, done: (one: object) => void) =>
        done(new WebAssembly.Instance(code, imports)),
    });
}

function withText<T>(
  instance: Instance,
  text: string,
  work: (instance: Instance, pointer: number) => T,
): T {
  const bytes = instance.lengthBytesUTF8(text) + 1;
  const pointer = instance['_malloc'](bytes);
  if (pointer === 0) throw new RangeError('no memory');
  instance.stringToUTF8(text, pointer, bytes);
  const result = work(instance, pointer);
  instance['_free'](pointer);
  return result;
}

function parsed(instance: Instance, text: number): readonly Node[] {
  const result = instance['_wasm_parse_query_raw'](text);
  if (result === 0) throw new RangeError('no memory');
  const error = instance.getValue(result + 8, 'i32');
  const said = instance.UTF8ToString(instance.getValue(error === 0 ? result : error, 'i32'));
  instance['_wasm_free_parse_result'](result);
  if (error !== 0) {
    instance['_free'](text);
    throw new NotParsed('syntax', said);
  }
  const tree = JSON.parse(said) as { readonly stmts?: readonly { readonly stmt?: Node }[] };
  return (tree.stmts ?? []).map(({ stmt }) => stmt ?? ({} as Node));
}

function scanned(instance: Instance, text: number): readonly Token[] {
  const result = instance['_wasm_scan'](text);
  const said = instance.UTF8ToString(result);
  instance['_wasm_free_string'](result);
  if (!said.startsWith('{')) {
    instance['_free'](text);
    throw new NotParsed('syntax', said);
  }
  const { tokens } = JSON.parse(said) as {
    readonly tokens: readonly { readonly tokenName: string; readonly text: string }[];
  };
  return tokens.map((token) => ({ name: token.tokenName, text: token.text }));
}
