import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { appPackage, whyNoApp, type AppSettings } from '@countersign/channel-teams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const APP: AppSettings = {
  appId: '0f0e0d0c-0b0a-4908-8706-050403020100',
  publicUrl: 'https://countersign.example.com/',
  version: '1.0.0',
  name: 'Countersign',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-teams-'));
  writeFileSync(join(folder, 'app.zip'), appPackage(APP));
  // another's reader of archives, and it checks every sum
  const script =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])';
  execFileSync('python3', ['-c', script, join(folder, 'app.zip'), folder]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The parts of the manifest's schema that a bot has to meet, with the limits it sets. */
const https = z.url({ protocol: /^https$/ }).max(2048);
const scopes = z
  .array(z.enum(['personal', 'team', 'groupChat']))
  .min(1)
  .max(3);
const manifest = z.strictObject({
  $schema: z.literal(
    'https://developer.microsoft.com/en-us/json-schemas/teams/v1.17/MicrosoftTeams.schema.json',
  ),
  manifestVersion: z.literal('1.17'),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  id: z.guid(),
  developer: z.strictObject({
    name: z.string().max(32),
    websiteUrl: https,
    privacyUrl: https,
    termsOfUseUrl: https,
  }),
  name: z.strictObject({ short: z.string().max(30), full: z.string().max(100) }),
  description: z.strictObject({ short: z.string().max(80), full: z.string().max(4000) }),
  icons: z.strictObject({ color: z.literal('color.png'), outline: z.literal('outline.png') }),
  accentColor: z.string().regex(/^#[0-9a-fA-F]{6}$/),
  bots: z.tuple([
    z.strictObject({
      botId: z.guid(),
      scopes,
      supportsFiles: z.literal(false),
      isNotificationOnly: z.literal(false),
      commandLists: z
        .array(
          z.strictObject({
            scopes,
            commands: z
              .array(
                z.strictObject({ title: z.string().max(32), description: z.string().max(128) }),
              )
              .max(10),
          }),
        )
        .max(3),
    }),
  ]),
  permissions: z.array(z.enum(['identity', 'messageTeamMembers'])),
  validDomains: z.array(z.string().max(2048)).max(16),
});

describe('deploy/teams', () => {
  const deploy = join(import.meta.dirname, '../../../deploy/teams');
  test('the script is one, makes a bot of one tenant, and prints no secret', () => {
    const file = join(deploy, 'azure.sh');
    execFileSync('sh', ['-n', file]);
    const script = readFileSync(file, 'utf8');
    expect(script).toContain('--sign-in-audience AzureADMyOrg');
    expect(script).toContain('--app-type SingleTenant');
    expect(script).toMatch(/--query password --output tsv > teams_secret/);
  });
  test('script and Terraform lead to the same door', () => {
    for (const name of ['azure.sh', 'main.tf'])
      expect(readFileSync(join(deploy, name), 'utf8')).toContain('/channels/teams/$');
  });
});

describe('the app package', () => {
  test('its manifest keeps to the limits of its schema, and names the gateway and nobody else', () => {
    const read = manifest.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
    expect(read.validDomains).toEqual(['countersign.example.com']);
    expect([read.id, read.bots[0].botId]).toEqual([APP.appId, APP.appId]);
  });
  test.each([
    ['color', 192],
    ['outline', 32],
  ] as const)('the %s icon is a picture of the size that is asked for', (name, size) => {
    const bytes = readFileSync(join(folder, `${name}.png`));
    expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([size, size]);
    const data = bytes.subarray(bytes.indexOf('IDAT') + 4, bytes.indexOf('IEND') - 8);
    const rows = inflateSync(data);
    expect(rows).toHaveLength(size * (1 + 4 * size));
    const alpha = [...rows].filter(
      (_, i) => (i % (1 + 4 * size)) % 4 === 0 && i % (1 + 4 * size) > 0,
    );
    expect(Math.min(...alpha)).toBe(name === 'color' ? 255 : 0);
    expect(Math.max(...alpha)).toBe(255);
  });
  test('the same settings are the same bytes', () => {
    expect(appPackage(APP).equals(appPackage(APP))).toBe(true);
  });
  test.each([
    [{ appId: 'x' }, 'GUID'],
    [{ publicUrl: 'http://127.0.0.1:8088' }, 'https'],
    [{ publicUrl: 'nonsense' }, 'https'],
    [{ version: '1.0' }, 'version'],
    [{ name: 'x'.repeat(31) }, 'name'],
    [{ name: '' }, 'name'],
  ])('%j is refused', (more, word) => {
    expect(whyNoApp({ ...APP, ...more })).toContain(word);
    expect(whyNoApp(APP)).toBeUndefined();
  });
});
