/** What is wrong with what came over a connection, or with what it asks for before it is let in. */
export type WireCode =
  | 'length'
  | 'too-long'
  | 'unknown-type'
  | 'malformed'
  | 'text'
  | 'refused'
  | 'closed';

/** Something on a connection that this gate does not go on with. Never repeats what came, apart from names of settings. */
export class WireFailure extends Error {
  readonly code: WireCode;
  /** What a client is told, besides the message. */
  readonly sqlState: string;
  readonly hint: string | undefined;
  constructor(code: WireCode, message: string, sqlState = '08P01', hint?: string) {
    super(message);
    this.name = 'WireFailure';
    this.code = code;
    this.sqlState = sqlState;
    this.hint = hint;
  }
}
