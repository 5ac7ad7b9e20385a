import { canonical, fromUtf8, sha256, utf8, type Clock, type LedgerStore } from '@countersign/core';
import { audit, type Audited, type InForce } from '../config/audit.ts';
import { differences, fitting } from '../config/audit-diff.ts';
import { faultOf, type Log } from '../log.ts';
import { record } from '../record.ts';
import type { Replica } from '../replica.ts';
import type { Troubles } from '../troubles.ts';

/** Writes into the ledger which configuration is in force, and in what it differs from the one before. */
export type Configuration = {
  /** Resolves when it is written, or stands there already. */
  readonly record: (inForce: InForce) => Promise<void>;
  /** The same behind the path: tried until it is written, or until there is a newer one. */
  readonly follow: (inForce: InForce) => void;
  readonly stop: () => Promise<void>;
};

type ConfigurationParts = {
  readonly store: Pick<LedgerStore, 'append' | 'read' | 'blob'>;
  readonly clock: Clock;
  /** Key of the marks that stand for private values. */
  readonly key: Uint8Array;
  readonly replica: Replica;
  readonly troubles: Troubles;
  readonly log: Log;
};

/** The stream of all configurations; the form of its entries is L25 of docs/spec/ledger.md. */
const STREAM = 'config';
const AGAIN_MS = 1_000;
/** Half of what an entry may have. */
const CHANGES_BYTES = 32_768;

/** Makes the recorder. A configuration that came in force stays in force while it cannot be written. */
export function createConfiguration(parts: ConfigurationParts): Configuration {
  const { store, troubles, log } = parts;
  let wanted: InForce | undefined;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const recordInForce = (inForce: InForce): Promise<void> =>
    record(store, STREAM, sayingOf(audit(inForce, parts.key), parts));
  async function recordWanted(): Promise<void> {
    const mine = wanted;
    if (mine === undefined || isStopped) return;
    try {
      await recordInForce(mine);
    } catch (error) {
      if (troubles.begin('config-record', 'not-recorded'))
        log.error('config-record-failed', faultOf(error));
      timer = setTimeout(run, AGAIN_MS).unref();
      return;
    }
    troubles.end('config-record');
    if (wanted === mine) wanted = undefined;
    await recordWanted(); // a newer one may have come meanwhile
  }
  function run(): void {
    clearTimeout(timer);
    running ??= recordWanted().finally(() => {
      running = undefined;
    });
  }

  return {
    record: recordInForce,
    follow: (inForce) => {
      wanted = inForce;
      run();
    },
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** What the stream says of a configuration; nothing where its newest entry says the same already. */
const sayingOf =
  (audited: Audited, { store, clock, replica }: ConfigurationParts): Parameters<typeof record>[2] =>
  async (entries) => {
    const kept = canonical(audited);
    const digest = sha256(kept);
    const last = digestOf(entries.at(-1)?.entry);
    if (last === digest) return undefined;
    const blob = last === undefined ? undefined : await store.blob(STREAM, last);
    const before = blob && (JSON.parse(fromUtf8(blob)) as Audited);
    const event = {
      type: 'config.in-force',
      at: clock(),
      digest,
      gateway: replica.version,
      replica: replica.replica,
      counts: countsOf(audited),
      ...(before && fitting(differences(before, audited), CHANGES_BYTES)),
    };
    return { event, blobs: { [digest]: utf8(kept) } };
  };

const digestOf = (entry: string | undefined): string | undefined =>
  entry === undefined ? undefined : (JSON.parse(entry) as { readonly digest: string }).digest;

const countsOf = ({ lists }: Audited): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(lists).map(([list, items]) => [list, Object.keys(items).length]),
  );
