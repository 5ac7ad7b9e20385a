// Opens the ledger of a folder and appends until it cannot; says what it was told.
import { instant, StoreFailure } from '@countersign/core';
import { createSqliteStore } from '../src/index.ts';

const [folder = '', rounds = '1'] = process.argv.slice(2);
try {
  const store = await createSqliteStore({ folder, clock: () => instant(0) });
  for (let i = 0; i < Number(rounds); i++) {
    const result = await store.append({
      stream: `act_${i}`,
      expectedVersion: 0,
      entries: [JSON.stringify({ i, text: 'x'.repeat(2_000) })],
    });
    if (result.ok) process.stdout.write(`ack ${result.value.firstSeq} act_${i} 1\n`);
  }
  await store.close();
} catch (cause) {
  const { code, message } =
    cause instanceof StoreFailure ? cause : { code: '?', message: String(cause) };
  process.stdout.write(`failed ${code} ${message}\n`);
}
process.exit(0);
