/** Everything that can be wrong with configuration, in one word. */
type ConfigCode =
  | 'unreadable'
  | 'too-large'
  | 'invalid-yaml'
  | 'duplicate-key'
  | 'alias-refused'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-type'
  | 'bad-name'
  | 'bad-value'
  | 'bad-duration'
  | 'not-loopback'
  | 'reachable'
  | 'literal-secret'
  | 'secret-missing'
  | 'secret-exposed'
  | 'secret-failed'
  | 'bad-token'
  | 'duplicate-id'
  | 'duplicate-token'
  | 'unknown-person'
  | 'unknown-agent'
  | 'unknown-executor'
  | 'unknown-provider'
  | 'unknown-argument'
  | 'linked-in-a-circle'
  | 'empty-group'
  | 'inactive-owner'
  | 'duplicate-issuer'
  | 'unknown-issuer'
  | 'issuer-keys'
  | 'weak-binding'
  | 'ambiguous-workload'
  | 'unused-spiffe'
  | 'unknown-variable'
  | 'unknown-channel'
  | 'unknown-name';

/** One thing wrong with configuration, precisely enough to mend it. Never carries a secret's value. */
export type ConfigProblem = {
  readonly code: ConfigCode;
  /** Warnings do not keep a configuration from being used. */
  readonly severity: 'error' | 'warning';
  /** The file; for an override the name of the environment variable, with line 0. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** Such as `agents[0].owner`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
};

/** Steps from the top of the document. */
export type Path = readonly (string | number)[];

/** A problem before its place in the file is looked up. */
export type Finding = {
  readonly code: ConfigCode;
  readonly path: Path;
  readonly message: string;
  readonly hint: string;
  /** Points at the key rather than its value. */
  readonly isKey?: boolean;
  readonly isWarning?: boolean;
};
export type Report = (finding: Finding) => undefined;

/** A path as people write it. */
export const pathText = (path: Path): string =>
  path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`;
      return `${i > 0 ? '.' : ''}${/^[\w-]+$/.test(step) ? step : JSON.stringify(step)}`;
    })
    .join('');

/** One line per problem, as compilers print them. */
export function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, path, message, hint, code, severity } = problem;
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  return `${place}: ${severity} ${code}: ${path === '' ? '' : `${path}: `}${message}; ${hint}`;
}
