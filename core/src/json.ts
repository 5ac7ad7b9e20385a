import { err, ok, type Result } from './result.ts';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** Where and why a text is not JSON we accept. `offset` counts UTF-16 units. */
export type JsonRefusal = {
  readonly path: string;
  readonly offset: number;
  readonly message: string;
};

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- RFC 8259 §7 names exactly these
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Refused extends Error {
  readonly refusal: JsonRefusal;
  constructor(refusal: JsonRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/**
 * Parses JSON from someone else, refusing what `JSON.parse` would silently change or hide (RFC 8259, I-JSON RFC 7493):
 * duplicate members, integers beyond ±(2^53−1), numbers that overflow, lone surrogates, `__proto__`, deep nesting.
 */
export function parseJson(source: string, maxDepth = 32): Result<Json, JsonRefusal> {
  try {
    return ok(new Reader(source, maxDepth).document());
  } catch (error) {
    if (error instanceof Refused) return err(error.refusal);
    throw error;
  }
}

// ATTACKER: every character comes from the caller. Recursion is bounded by maxDepth before it descends.
class Reader {
  readonly #source: string;
  readonly #maxDepth: number;
  /** No string in it can hold a lone surrogate: none stands there, and none is written as an escape. */
  readonly #isSound: boolean;
  #at = 0;
  readonly #path: (string | number)[] = [];

  constructor(source: string, maxDepth: number) {
    this.#source = source;
    this.#maxDepth = maxDepth;
    this.#isSound = source.isWellFormed() && !source.includes('\\u');
  }

  document(): Json {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#source.length) this.#refuse('unexpected text after the value');
    return value;
  }

  #refuse(message: string): never {
    const path = this.#path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
      .join('');
    throw new Refused({ path: `$${path}`, offset: this.#at, message });
  }

  #space(): void {
    for (;;) {
      const code = this.#source.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #value(): Json {
    this.#space();
    const code = this.#source.charCodeAt(this.#at);
    if (code === QUOTE) return this.#string();
    if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (this.#path.length >= this.#maxDepth) this.#refuse(`nested deeper than ${this.#maxDepth}`);
      return code === OPEN_OBJECT ? this.#object() : this.#array();
    }
    if (this.#isWord('true')) return true;
    if (this.#isWord('false')) return false;
    if (this.#isWord('null')) return null;
    return this.#number();
  }

  #isWord(word: string): boolean {
    if (!this.#source.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #takes(code: number): boolean {
    if (this.#source.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#source)?.[0];
    if (text === undefined)
      this.#refuse(this.#at >= this.#source.length ? 'unexpected end' : 'not a JSON value');
    const value = Number(text);
    if (!Number.isFinite(value)) this.#refuse('number out of range');
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      this.#refuse('integer beyond ±(2^53−1); send it as a string');
    this.#at += text.length;
    return value;
  }

  #string(): string {
    let out = '';
    let from = ++this.#at;
    for (;;) {
      PLAIN.lastIndex = from;
      PLAIN.test(this.#source);
      this.#at = PLAIN.lastIndex;
      out += this.#source.slice(from, this.#at);
      const code = this.#source.charCodeAt(this.#at);
      if (code === QUOTE) break;
      if (code !== BACKSLASH)
        this.#refuse(Number.isNaN(code) ? 'unterminated string' : 'control character in a string');
      out += this.#escape();
      from = this.#at;
    }
    this.#at++;
    if (!this.#isSound && !out.isWellFormed()) this.#refuse('lone surrogate in a string');
    return out;
  }

  #escape(): string {
    const kind = this.#source[this.#at + 1] ?? '';
    if (kind === 'u') {
      const hex = this.#source.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.#refuse('bad \\u escape');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const char = ESCAPES[kind];
    if (char === undefined) this.#refuse('bad escape');
    this.#at += 2;
    return char;
  }

  #array(): Json[] {
    const out: Json[] = [];
    this.#at++;
    this.#space();
    if (this.#takes(CLOSE_LIST)) return out;
    for (;;) {
      this.#path.push(out.length);
      out.push(this.#value());
      this.#path.pop();
      this.#space();
      if (this.#takes(CLOSE_LIST)) return out;
      if (!this.#takes(COMMA)) this.#refuse('expected `,` or `]`');
    }
  }

  #object(): { readonly [name: string]: Json } {
    const out: Record<string, Json> = {};
    this.#at++;
    this.#space();
    if (this.#takes(CLOSE_OBJECT)) return out;
    for (;;) {
      this.#space();
      if (this.#source.charCodeAt(this.#at) !== QUOTE) this.#refuse('expected a member name');
      const name = this.#string();
      if (name === '__proto__') this.#refuse('member `__proto__` is refused');
      if (Object.hasOwn(out, name)) this.#refuse(`duplicate member \`${name}\``);
      this.#space();
      if (!this.#takes(COLON)) this.#refuse('expected `:`');
      this.#path.push(name);
      out[name] = this.#value();
      this.#path.pop();
      this.#space();
      if (this.#takes(CLOSE_OBJECT)) return out;
      if (!this.#takes(COMMA)) this.#refuse('expected `,` or `}`');
    }
  }
}
