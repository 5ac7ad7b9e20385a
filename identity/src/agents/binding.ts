import type { Binding } from '../roster/agents.ts';

/** What kind of platform an issuer is; each has claims that name a workload for good, and claims that do not. */
export const WORKLOAD_KINDS = ['github', 'gitlab', 'kubernetes', 'spiffe', 'other'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** Claims of a token that verified. */
export type Claims = Readonly<Record<string, unknown>>;

/** A binding that would let in others than it seems to. */
export type Weakness = {
  readonly isWarning: boolean;
  readonly message: string;
  readonly hint: string;
};

/** At least one of these sets of claims must be bound, so that nobody who takes over a name takes over the agent. */
const LASTING: Readonly<Record<WorkloadKind, readonly (readonly string[])[]>> = {
  github: [['repository_id'], ['repository_owner_id', 'job_workflow_ref']],
  gitlab: [['project_id']],
  kubernetes: [['sub']],
  spiffe: [['sub']],
  other: [],
};

/** With none of these, everything that runs in the project is the agent, whoever started it. */
const NARROW: Readonly<Partial<Record<WorkloadKind, readonly string[]>>> = {
  github: ['job_workflow_ref', 'environment'],
  gitlab: ['ref_protected', 'environment_protected', 'ci_config_ref_uri'],
};

const SUBJECTS: Readonly<Partial<Record<WorkloadKind, string>>> = {
  kubernetes: 'system:serviceaccount:',
  spiffe: 'spiffe://',
};

/** The kind of an issuer whose address tells it, whatever else is said of it. */
export function kindOfIssuer(issuer: string): WorkloadKind | undefined {
  if (/^https:\/\/token\.actions\.githubusercontent\.com(\/|$)/.test(issuer)) return 'github';
  return /^https:\/\/gitlab\.com\/?$/.test(issuer) ? 'gitlab' : undefined;
}

const weak = (message: string, hint: string, isWarning = false): Weakness => ({
  isWarning,
  message,
  hint,
});

/** Why a binding is not good enough for tokens of a kind of issuer; undefined when it is. */
export function weaknessOf({ claims }: Binding, kind: WorkloadKind): Weakness | undefined {
  const bound = Object.keys(claims);
  if (bound.length === 0)
    return weak('binds no claim, so every token of the issuer would be the agent', 'name claims');
  if (Object.values(claims).some((value) => value.length === 0))
    return weak('allows no value or an empty one', 'name the values that are allowed');
  const sets = LASTING[kind];
  if (sets.length > 0 && !sets.some((set) => set.every((claim) => bound.includes(claim))))
    return weak(
      'binds only names, which may be given to someone else',
      `bind ${sets.map((set) => set.map((claim) => `\`${claim}\``).join(' and ')).join(', or ')}`,
    );
  const start = SUBJECTS[kind];
  if (start !== undefined && valuesOf(claims['sub']).some((sub) => !sub.startsWith(start)))
    return weak(`\`sub\` is none of this issuer`, `write it in full, ${start}…`);
  const narrow = NARROW[kind];
  if (narrow && !narrow.some((claim) => bound.includes(claim)))
    return weak(
      'lets every job of the project be the agent',
      `bind ${narrow.map((claim) => `\`${claim}\``).join(', ')} too`,
      true,
    );
  return undefined;
}

const valuesOf = (value: string | readonly string[] | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : (value ?? []);

/** Whether a token's claims are those of a binding. What is not text is compared as it is written in JSON. */
export const isBound = ({ claims: wanted }: Binding, claims: Claims): boolean =>
  Object.keys(wanted).length > 0 &&
  Object.entries(wanted).every(([name, value]) => {
    const given = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const text = typeof given === 'string' ? given : scalar(given);
    return text !== undefined && valuesOf(value).includes(text);
  });

const scalar = (given: unknown): string | undefined =>
  typeof given === 'boolean' || Number.isSafeInteger(given) ? String(given) : undefined;
