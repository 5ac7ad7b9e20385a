// node --conditions=@countersign/source core/test/write-vectors.ts: writes the vectors of docs/spec anew.
import { writeFileSync } from 'node:fs';
import { makeVectors } from './vector-files.ts';

for (const [name, vectors] of Object.entries(await makeVectors()))
  writeFileSync(
    new URL(`../../docs/spec/vectors/${name}.json`, import.meta.url),
    `${JSON.stringify(vectors, null, 1)}\n`,
  );
