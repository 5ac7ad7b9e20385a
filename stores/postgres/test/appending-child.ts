// A replica that appends until it is killed and says what was acknowledged: node appending-child.ts URL SCHEMA
import { writeSync } from 'node:fs';
import { open } from './ledger.ts';

const [url = '', schema = ''] = process.argv.slice(2);
const store = await open({ url, schema });
for (let i = 0; ; i++) {
  const stream = `act_${process.pid}_${i}`;
  const outcome = await store.append({
    stream,
    expectedVersion: 0,
    entries: [`{"a":"${stream}"}`, `{"b":"${stream}"}`],
  });
  if (outcome.ok) writeSync(1, `ack ${stream} ${outcome.value.firstSeq}\n`);
}
