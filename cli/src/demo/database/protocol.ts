/** What the thread of the demo's database is started with. */
export type EngineData = {
  /** Of the loopback; 0: any. */
  readonly port: number;
  /** SQL of the superuser, before anybody connects. */
  readonly seed: string;
  /** Of the roles that may connect. */
  readonly passwords: Readonly<Record<string, string>>;
  /** The role that questions of this process run as. */
  readonly exporter: string;
};

export type Question = {
  readonly id: number;
  readonly sql: string;
  readonly values: readonly unknown[];
};

export type Answer =
  | { readonly id: number; readonly rows: readonly Record<string, unknown>[] }
  | { readonly id: number; readonly error: string };
