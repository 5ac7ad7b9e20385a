// A gateway as a process of its own: argv[2] is its folder. Ends with 1 when its ledger broke.
import { serveFolder } from './gateway-fixture.ts';

const gateway = await serveFolder(process.argv[2] ?? '', (lines) => process.stdout.write(lines));
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void gateway.stop());
process.exitCode = (await gateway.ended) ? 1 : 0;
