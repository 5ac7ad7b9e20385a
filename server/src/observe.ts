import type { Judge, Leases, LedgerStore } from '@countersign/core';
import type { Health } from '@countersign/api';
import { createChecks, type Probe } from './checks.ts';
import type { Config } from './config/config.ts';
import { createFigures, type Figures } from './figures.ts';
import { createConfiguration, type Configuration } from './followers/configuration.ts';
import { createReporter } from './followers/reporter.ts';
import { followTally } from './followers/tally.ts';
import { listenForScrapers } from './http/scrape.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import { measuredLeases, measuredStore } from './measured.ts';
import { acceptingProbe, ledgerProbe, policyProbe, troubleProbe } from './probes.ts';
import { makeReplica } from './replica.ts';
import { startTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { TROUBLES, type Troubles } from './troubles.ts';

/** A ledger that is looked at, and what is seen. */
export type Observed = {
  /** The ledger's store and leases, measured: everybody uses these. */
  readonly store: LedgerStore;
  readonly leases: Leases;
  readonly figures: Figures;
  readonly checks: () => Promise<Health>;
  readonly called: Telemetry['called'];
  /** Records what is in force. */
  readonly configuration: Configuration;
};

/** What is looked at, and with what. */
type ObserveParts = {
  readonly config: Pick<Config, 'telemetry' | 'metrics'>;
  readonly ledger: Ledger;
  readonly judge: Judge;
  readonly waiters: () => number;
  readonly policies: () => number;
  readonly recycled: () => number;
  readonly isStopping: () => boolean;
  /** What is looked at and comes and goes. */
  readonly further: () => readonly Probe[];
  readonly troubles: Troubles;
  readonly log: Log;
  readonly opening: AsyncDisposableStack;
};

/** Measures a ledger, follows it for figures and traces, and knows how the gateway is. */
export async function observe(parts: ObserveParts): Promise<Observed> {
  const { ledger, troubles, log, opening } = parts;
  const replica = makeReplica();
  const figures = createFigures({
    ...parts,
    store: ledger.store,
    replica,
    isReporter: () => reporter.isReporter(),
  });
  opening.defer(figures.stop);
  const store = measuredStore(ledger.store, figures, troubles);
  const leases = measuredLeases(ledger.leases, figures);
  const reporter = await createReporter(leases);
  opening.defer(reporter.stop);
  opening.defer(followTally(store, figures));
  const settings = parts.config.telemetry;
  const telemetry = await startTelemetry({ settings, store, figures, troubles, log, replica });
  opening.defer(telemetry.stop);

  const checks = lookAt(parts, figures);
  await openScrape(parts, { metrics: figures, checks });
  const key = ledger.keys.fingerprint;
  const configuration = createConfiguration({
    store,
    clock: ledger.clock,
    key,
    replica,
    troubles,
    log,
  });
  opening.defer(configuration.stop);
  return { store, leases, figures, checks, called: telemetry.called, configuration };
}

/** Listens for scrapers where that is configured, from now until everything else has stopped. */
async function openScrape(
  { config, opening, log }: Pick<ObserveParts, 'config' | 'opening' | 'log'>,
  answers: Parameters<typeof listenForScrapers>[0],
): Promise<void> {
  const { listen } = config.metrics;
  if (!listen) return;
  const { port, close } = await listenForScrapers(answers, listen);
  opening.defer(close);
  log.info('metrics-listening', { host: listen.host, port });
}

/** Everything that is looked at; what is trouble is a figure too. */
function lookAt(parts: ObserveParts, figures: Figures): Observed['checks'] {
  const { troubles } = parts;
  const ledger = ledgerProbe({ ...parts.ledger, troubles });
  figures.gauge('countersign_ledger_reachable', async () =>
    Number((await ledger.look()).status !== 'down'),
  );
  const background = TROUBLES.filter((name) => name !== 'ledger');
  for (const name of background)
    figures.gauge('countersign_trouble', () => Number(troubles.now(name) !== undefined), { name });
  return createChecks(
    [
      ledger,
      policyProbe(parts.judge),
      acceptingProbe(parts.isStopping),
      ...background.map((name) => troubleProbe(troubles, name)),
    ],
    parts.further,
  );
}
