import {
  deriveKey,
  err,
  type Answer,
  type Gatekeeper,
  type Leases,
  type Parts,
  type ProposalRefusal,
  type Result,
} from '@countersign/core';
import type { Config } from './config/config.ts';
import type { DrillSettings, DrillTemplate } from './config/drills.ts';
import { dueDrills } from './drill-times.ts';
import type { Log } from './log.ts';

const PERIOD_MS = 60_000;
const LEASE_MS = 3 * PERIOD_MS;

type Started = Result<Answer, ProposalRefusal | { readonly code: 'drills-off' | 'no-such-drill' }>;

/** Drills, asked by hand or by the clock. */
export type Drills = {
  readonly isConfigured: () => boolean;
  /** Asks now; `by` is whoever had it asked. Without a template, one by chance. */
  readonly run: (by: string, template?: string) => Promise<Started>;
  /** Asks what is due now. */
  readonly tick: () => Promise<void>;
  readonly stop: () => void;
};

/**
 * Drills of an installation. They go the way of every action, through `propose`; that they never run is held by core. One
 * gateway asks those that are due; should two do so, the key of the drill makes it one.
 */
export function openDrills(of: {
  readonly config: () => Config;
  readonly parts: Pick<Parts, 'clock' | 'random' | 'secrets'>;
  readonly gatekeeper: Pick<Gatekeeper, 'propose'>;
  readonly leases: Pick<Leases, 'hold'>;
  readonly log: Pick<Log, 'warn' | 'error'>;
}): Drills {
  const { config, parts, gatekeeper, leases, log } = of;
  const { clock, random } = parts;
  const secret = deriveKey(parts.secrets.masterKey, 'drill times', new Uint8Array(0));

  const ask = (
    { agent }: DrillSettings,
    { say, ...template }: DrillTemplate,
    drill: { readonly by?: string },
    idempotencyKey?: string,
  ): Promise<Started> =>
    gatekeeper.propose({
      agent,
      type: template.type,
      resource: template.resource,
      arguments: template.arguments,
      ...(say === undefined ? {} : { claim: say }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      drill,
    });

  async function tick(): Promise<void> {
    const { drills, timeZone } = config();
    if (!drills || drills.templates.length === 0) return;
    const due = dueDrills(clock(), { perWeek: drills.perWeek, timeZone, secret });
    if (due.length === 0 || !(await leases.hold('drills', LEASE_MS))) return;
    for (const { key, chance } of due) {
      const template = drills.templates[chance % drills.templates.length];
      if (!template) continue;
      const asked = await ask(drills, template, {}, `drill ${key}`);
      if (!asked.ok) log.warn('drill-refused', { template: template.id, code: asked.error.code });
    }
  }

  const timer = setInterval(() => {
    tick().catch((error: unknown) => log.error('drill-failed', { error: String(error) }));
  }, PERIOD_MS).unref();
  return {
    isConfigured: () => config().drills !== undefined,
    run: async (by, wanted) => {
      const { drills } = config();
      if (!drills) return err({ code: 'drills-off' });
      const templates = drills.templates.filter(({ id }) => wanted === undefined || id === wanted);
      const template = templates[(random(1)[0] ?? 0) % templates.length];
      return template ? ask(drills, template, { by }) : err({ code: 'no-such-drill' });
    },
    tick,
    stop: () => clearInterval(timer),
  };
}
