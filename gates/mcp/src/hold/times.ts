import type { About } from '../parts.ts';

/** How long what may take. Milliseconds. */
export type Times = {
  /** One leg of a modern call, and how many of them: a client follows at most ten, some of them the server's own. */
  readonly legMs: number;
  readonly legs: number;
  /** A legacy call of a client that asked for progress, and of one that did not. */
  readonly progressedMs: number;
  readonly silentMs: number;
  /** Between two signs of life. */
  readonly signMs: number;
  /** How long a result is kept for whoever comes back for it. */
  readonly keptMs: number;
  /** How long a call that waits for its caller's answers may be gone on with. */
  readonly openMs: number;
};

/** What holds unless a mount says otherwise. */
export const TIMES: Times = {
  legMs: 45_000,
  legs: 8,
  progressedMs: 210_000,
  silentMs: 45_000,
  signMs: 15_000,
  keptMs: 300_000,
  openMs: 3_600_000,
};

/** Clients known to wait longer while they see progress. ATTACKER: a client names itself; it only chooses how long it waits. */
const PATIENT: Readonly<Record<string, { readonly http: number; readonly stdio: number }>> = {
  'claude-code': { http: 900_000, stdio: 1_500_000 },
  'gemini-cli': { http: 540_000, stdio: 540_000 },
  cursor: { http: 240_000, stdio: 240_000 },
};

/** What a hold of this caller may take: one leg, and how many legs there are. */
export function budgetOf(
  { caller, mounted }: Pick<About, 'caller' | 'mounted'>,
  hasToken: boolean,
  times: Times,
): { readonly legMs: number; readonly legs: number } {
  const most = mounted.holdMs ?? Number.POSITIVE_INFINITY;
  if (caller.era === 'modern') {
    const legMs = Math.min(times.legMs, most);
    return { legMs, legs: Math.min(times.legs, Math.max(1, Math.ceil(most / legMs))) };
  }
  const patient = hasToken ? PATIENT[caller.client.name.toLowerCase()] : undefined;
  const usual = hasToken ? times.progressedMs : times.silentMs;
  // an operator who names a time means it: their clients wait that long
  return { legMs: mounted.holdMs ?? patient?.[caller.transport] ?? usual, legs: 1 };
}
