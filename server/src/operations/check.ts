import {
  openNote,
  parseVkey,
  readCheckpoint,
  splitOrigin,
  surveyDump,
  whatIsMissing,
  type Checkpoint,
  type DumpProgress,
  type Kept,
  type StoreDump,
  type Survey,
  type SurveyCode,
} from '@countersign/core';
import type { Config } from '../config/config.ts';
import { identityOf, type Identity } from './origin.ts';
import { placeOf } from './place.ts';
import { openBackup } from './read-backup.ts';

/** One thing that is wrong with a store: where, what, and what to do about it. */
export type StoreProblem = {
  readonly code: SurveyCode | keyof typeof SIGNED;
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
};

/** What a check of a store found. */
export type Checked = {
  readonly entries: number;
  readonly streams: number;
  /** Lower-case hex. */
  readonly root: string;
  /** How many problems there are; of those of the survey the first thousand are told. */
  readonly count: number;
  readonly problems: readonly StoreProblem[];
};

/** Checks everything the store of a configuration keeps, while it is served or not. Changes nothing. */
export async function checkStore(config: Config, onProgress?: DumpProgress): Promise<Checked> {
  const [identity, place] = [identityOf(config), placeOf(config)];
  const note = await place.lastSigned.read(); // before the dump: what is signed meanwhile is not in it
  const dump = await place.dump();
  try {
    return await check(dump, note, identity, onProgress);
  } finally {
    await dump.close();
  }
}

/** Checks a backup as if it were the store; with a configuration its keys must have signed it. */
export async function checkBackup(
  folder: string,
  config: Config | undefined,
  onProgress?: DumpProgress,
): Promise<Checked> {
  const identity = config && identityOf(config);
  const { dump, manifest } = await openBackup(folder, identity?.keys.backup);
  return check(dump, manifest.checkpoint, identity, onProgress);
}

async function check(
  dump: StoreDump,
  note: string | undefined,
  identity: Identity | undefined,
  onProgress?: DumpProgress,
): Promise<Checked> {
  const survey = await surveyed(dump, [note], onProgress);
  const wrong = await whatIsSigned(survey, note, identity);
  const problems = [
    ...survey.problems.map((it) => ({ ...it, remedy: REMEDIES[it.code] })),
    ...(wrong ? [{ ...wrong, where: 'last_signed', remedy: SIGNED[wrong.code] }] : []),
  ];
  const root = Buffer.from(dump.head.root).toString('hex');
  const { size: entries, streams } = survey;
  return { entries, streams, root, count: survey.count + (wrong ? 1 : 0), problems };
}

/** A survey that takes the roots these checkpoints are about. */
export function surveyed(
  dump: StoreDump,
  notes: readonly (string | undefined)[],
  onProgress?: DumpProgress,
): Promise<Survey> {
  const marks = notes.flatMap((note) => {
    const signed = note === undefined ? undefined : readCheckpoint(note);
    return signed ? [signed.size] : [];
  });
  return surveyDump(dump, { marks, ...(onProgress && { onProgress }) });
}

/** What is wrong between a surveyed ledger and the checkpoint that was signed last. */
export async function whatIsSigned(
  survey: Survey,
  note: string | undefined,
  identity: Identity | undefined,
): Promise<{ readonly code: keyof typeof SIGNED; readonly what: string } | undefined> {
  if (note === undefined)
    return survey.size === 0
      ? undefined
      : { code: 'signed-missing', what: 'nothing says what was signed last' };
  const signed = readCheckpoint(note);
  if (!signed || (identity && !isOurs(note, signed, identity)))
    return { code: 'signed-unreadable', what: 'it is no checkpoint by the key of this ledger' };
  if (identity && splitOrigin(signed.origin).log !== identity.log)
    return { code: 'other-log', what: `it is of \`${signed.origin}\`, not of \`${identity.log}\`` };
  const what = await whatIsMissing(keptBy(survey), signed);
  return what === undefined ? undefined : { code: 'rolled-back', what };
}

/** What a surveyed ledger has. */
export const keptBy = ({ size, epochs, rootAt }: Survey): Kept => ({
  size,
  epochs,
  rootAt: async (at) => rootAt(at),
});

/** Whether our key signed what says to be ours; another log's is told apart by its origin. */
function isOurs(note: string, { origin }: Checkpoint, { signerIn }: Identity): boolean {
  const signer = signerIn(splitOrigin(origin).epoch);
  const verifier = parseVkey(signer.vkey);
  return signer.name !== origin || (verifier !== undefined && openNote(note, [verifier]).ok);
}

const REMEDIES: Readonly<Record<SurveyCode, string>> = {
  'entry-damaged': 'the ledger is not what was written; restore a backup that passes this check',
  'head-mismatch': 'the ledger is not what was written; restore a backup that passes this check',
  'standing-mismatch':
    'listings and deadlines of this action are wrong; restore a backup that passes this check',
  'claim-mismatch':
    'an identical action may be asked twice or join a settled one; restore a backup that passes this check',
  'blob-missing': 'this action can be verified, but not shown or run; take it from a backup',
};

/** What is done about each thing that can be wrong with the last signed checkpoint. */
export const SIGNED = {
  'signed-missing':
    'bring `last_signed` back, or look from where a gateway of this ledger runs; without it a rollback cannot be noticed',
  'signed-unreadable': 'bring back the newest copy of `last_signed`, or the keys that signed it',
  'other-log': 'correct `public_url` or `last_signed`; this is the checkpoint of another ledger',
  'rolled-back': 'bring back the newest copy, or go on without: `countersign ledger new-epoch`',
} as const;
