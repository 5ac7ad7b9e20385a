import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { drawIcon } from './icons.ts';

// What vite leaves to do: the icons, and a brotli and a gzip form beside every text, so that serving compresses nothing.
const dist = join(import.meta.dirname, '../dist');

for (const [name, size, isMaskable] of [
  ['icon-192', 192, false],
  ['icon-512', 512, false],
  ['icon-maskable', 512, true],
] as const)
  writeFileSync(join(dist, 'assets', `${name}.png`), drawIcon(size, isMaskable));

for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (!/\.(?:html|js|css|svg|webmanifest)$/.test(name)) continue;
  const path = join(dist, name);
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}
