// node --conditions=@countersign/source --expose-gc gates/postgres/test/soak.ts [CONNECTIONS]: dropped in every way, then what is left.
import { openDatabase } from './database.ts';
import { openSoak } from './soaking.ts';

const WAVE = 1_000;
const count = Number(process.argv[2] ?? '10000');
const database = await openDatabase();
const soak = await openSoak(database);
const heap = (): number => {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 100_000) / 10;
};
await soak.run(WAVE);
let left = {};
for (let done = WAVE; done <= count; done += WAVE) {
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  left = await soak.left();
  process.stdout.write(`${done} connections, ${heap()} MB, left ${JSON.stringify(left)}\n`);
  if (done < count) await soak.run(WAVE);
}
await soak.close();
await database.remove();
