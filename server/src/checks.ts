import type { Health } from '@countersign/api';
import { StoreFailure, toIso, type Instant } from '@countersign/core';
import { TooLate, within } from './within.ts';

/** How one thing is: `degraded` still takes and decides actions, `down` does not. */
type Condition = Check['status'];
type Check = Health['checks'][number];

/** What a look found. */
export type Finding = {
  readonly status: Condition;
  /** Why, in one word; each is explained in docs/guides/observability.md. */
  readonly detail?: string;
  readonly since?: Instant;
};

/** Something that is looked at when somebody asks how the gateway is. */
export type Probe = { readonly name: string; readonly look: () => Finding | Promise<Finding> };

const LOOK_MS = 2_000;

/** Looks at everything, each thing really tried; what fails or hangs is down. */
export const createChecks =
  (
    probes: readonly Probe[],
    /** What comes and goes. */
    further: () => readonly Probe[] = () => [],
  ): (() => Promise<Health>) =>
  async () => {
    const checks = await Promise.all([...probes, ...further()].map(look));
    const has = (status: Condition): boolean => checks.some((check) => check.status === status);
    const status = has('down') ? 'down' : has('degraded') ? 'degraded' : 'ready';
    return { status, ready: status !== 'down', checks };
  };

async function look({ name, look: tryIt }: Probe): Promise<Check> {
  const found = await within(LOOK_MS, tryIt).catch((error: unknown): Finding => ({
    status: 'down',
    detail: codeOf(error),
  }));
  const { status, detail, since } = found;
  return {
    name,
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(since === undefined ? {} : { since: toIso(since) }),
  };
}

/** ATTACKER: whoever asks is a stranger, and an error's message may say more than they should know. */
const codeOf = (error: unknown): string =>
  error instanceof StoreFailure || error instanceof TooLate ? error.code : 'failed';
