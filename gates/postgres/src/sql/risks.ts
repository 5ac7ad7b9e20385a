/** What a risk asks for where nobody wrote a policy for it: `deny` is refused whatever policy says, `fact` says only what is so. */
export type Weight = 'deny' | 'review' | 'fact';

/** What `StatementFacts.risks` may say. */
export type Risk =
  | 'unparseable'
  | 'ambiguous-backslash'
  | 'os-access'
  | 'program'
  | 'session-identity'
  | 'parser-setting'
  | 'ddl'
  | 'ddl-code'
  | 'ddl-security'
  | 'drop'
  | 'cascade'
  | 'locking-ddl'
  | 'privilege'
  | 'truncate'
  | 'procedural'
  | 'lock'
  | 'row-lock'
  | 'notify'
  | 'maintenance'
  | 'two-phase'
  | 'hidden-sql'
  | 'user-function'
  | 'volatile-function'
  | 'qualified-operator'
  | 'user-type'
  | 'server-config'
  | 'setting'
  | 'temp'
  | 'copy-in'
  | 'copy-out'
  | 'cte-write'
  | 'trigger'
  | 'rule'
  | 'statistics'
  | 'unknown-stmt'
  | 'unknown-expression'
  | 'unknown-relation'
  | 'unknown-column'
  | 'unknown-function'
  | 'explain'
  | 'star'
  | 'export'
  | 'multi-statement';

/** The closed list: how much each weighs, and what it means. */
export const RISKS: Readonly<Record<Risk, readonly [Weight, string]>> = {
  unparseable: ['deny', 'not a text this gate can read'],
  'ambiguous-backslash': ['deny', "a backslash in a literal that is not written E'…'"],
  'os-access': ['deny', 'files, programs or connections of the server'],
  program: ['deny', 'COPY with a program or a file of the server'],
  'session-identity': ['deny', 'who the session is, or what it may do'],
  'parser-setting': ['deny', 'a setting that changes how text is read'],
  ddl: ['review', 'changes objects of the database'],
  'ddl-code': ['review', 'makes or changes code that runs in the server'],
  'ddl-security': ['review', 'changes who sees what, or where data goes'],
  drop: ['review', 'removes objects'],
  cascade: ['review', 'takes along whatever depends on it'],
  'locking-ddl': ['review', 'holds off everybody else while it works'],
  privilege: ['review', 'changes rights, roles or owners'],
  truncate: ['review', 'empties a table'],
  procedural: ['review', 'runs code that is not SQL, or a procedure'],
  lock: ['review', 'takes a lock that others wait for'],
  'row-lock': ['review', 'locks rows it reads'],
  notify: ['review', 'sends a message to other sessions'],
  maintenance: ['review', 'VACUUM, ANALYZE, REINDEX and the like'],
  'two-phase': ['review', 'a transaction that outlives its session'],
  'hidden-sql': ['review', 'a function reads what a literal names'],
  'user-function': ['review', 'a function that is not of PostgreSQL'],
  'volatile-function': ['review', 'a function that may change something'],
  'qualified-operator': ['review', 'an operator that is not of PostgreSQL'],
  'user-type': ['review', 'a type that is not of PostgreSQL'],
  'server-config': ['review', 'a setting of the server'],
  setting: ['review', 'several settings at once, or one that only the server knows'],
  temp: ['review', 'a temporary object, which nobody classified'],
  'copy-in': ['review', 'rows that come after the decision'],
  'copy-out': ['review', 'rows that leave without a description'],
  'cte-write': ['review', 'a write inside a WITH'],
  trigger: ['review', 'triggers run besides'],
  rule: ['review', 'rules rewrite it'],
  statistics: ['review', 'values, statements or secrets that the server keeps'],
  'unknown-stmt': ['review', 'a kind of statement this gate does not know'],
  'unknown-expression': ['review', 'a kind of expression this gate does not know'],
  'unknown-relation': ['review', 'a relation the catalog does not tell of'],
  'unknown-column': ['review', 'a column the catalog does not tell of'],
  'unknown-function': ['review', 'a function the catalog does not tell of'],
  explain: ['fact', 'asks for a plan'],
  star: ['fact', 'every column of something'],
  export: ['fact', 'everything of a relation leaves'],
  'multi-statement': ['fact', 'one of several in a text'],
};

/** Refused whatever policy says. */
export const DENIED: ReadonlySet<Risk> = new Set(
  (Object.keys(RISKS) as Risk[]).filter((risk) => RISKS[risk][0] === 'deny'),
);
