import { expect, test } from 'vitest';
import { createMasker } from '../src/masking/masker.ts';
import { createStreamMasker } from '../src/masking/stream.ts';

const key = new Uint8Array(32);
const masker = createMasker({ key });
const mixed = (length: number): string => 'aB3dE5gH7jK9mN1pQ4sT'.repeat(30).slice(0, length);
const hex = (length: number): string => '0123456789abcdef'.repeat(10).slice(0, length);

// put together here, so that no scanner takes this file for a leak
const TOKENS: readonly (readonly [name: string, before: string, value: string])[] = [
  ['huggingface', '', `hf_${mixed(34)}`],
  ['sendgrid', '', `SG.${mixed(22)}.${mixed(43)}`],
  ['google oauth', '', `ya29.${mixed(60)}`],
  ['google client secret', '', `GOCSPX-${mixed(28)}`],
  ['digitalocean', '', `dop_v1_${hex(64)}`],
  ['pypi', '', `pypi-${mixed(80)}`],
  ['docker', '', `dckr_pat_${mixed(27)}`],
  ['vault', '', `hvs.${mixed(90)}`],
  ['terraform', '', `${mixed(14)}.atlasv1.${mixed(67)}`],
  ['shopify', '', `shpat_${hex(32)}`],
  ['grafana', '', `glsa_${mixed(32)}_${hex(8)}`],
  ['age', '', `AGE-SECRET-KEY-1${mixed(58).toUpperCase()}`],
  ['atlassian', '', `ATATT3${mixed(180)}`],
  ['xai', '', `xai-${mixed(80)}`],
  ['groq', '', `gsk_${mixed(52)}`],
  ['rubygems', '', `rubygems_${hex(48)}`],
  ['databricks', '', `dapi${hex(32)}`],
  ['new relic', '', `NRAK-${mixed(27).toUpperCase()}`],
  ['linear', '', `lin_api_${mixed(40)}`],
  ['notion', '', `ntn_${mixed(46)}`],
  ['supabase', '', `sbp_${hex(40)}`],
  ['planetscale', '', `pscale_tkn_${mixed(43)}`],
  ['doppler', '', `dp.pt.${mixed(43)}`],
  ['mailgun', '', `key-${hex(32)}`],
  ['telegram', '', `123456789:AA${mixed(33)}`],
  ['azure storage', 'EndpointSuffix=x;AccountKey=', `${mixed(86)}==`],
  ['azure sas', 'https://h/p?sv=1&sig=', `${mixed(43)}%3D`],
  ['presigned url', 'https://h/p?X-Amz-Signature=', hex(64)],
  ['netrc', 'machine h login bob password ', 'hunter2x'],
  ['sshpass', 'sshpass -p ', 'hunter2x'],
  ['mysql', 'mysql -u root -h db -p', 'hunter2x'],
];

test.each(TOKENS)('R9 masks %s, whole or in pieces', (_, before, value) => {
  const text = `x ${before}${value} y`;
  const masked = masker.mask(text).text;
  expect(masked).not.toContain(value.slice(-8));
  expect(masked.startsWith(`x ${before}`) && masked.endsWith(' y')).toBe(true);
  const stream = createStreamMasker({ key });
  expect([...text].map(stream.write).join('') + stream.end()).toBe(masked);
});

test.each([
  'hf_transfer',
  'the signature sig=rsa',
  'keyword key-value-store',
  'mysql -p db',
  'mysqldump --port 3306 -h x db',
  'login and password are needed',
  'xai-sdk-python',
  '10:30:AA',
  'dapi-client',
  'pypi-publish.yml',
])('leaves in clear: %s', (text) => expect(masker.mask(text).text).toBe(text));
