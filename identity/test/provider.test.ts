import { instant, type Instant } from '@countersign/core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createProvider } from '../src/oidc/provider.ts';
import { CLIENT, startFakeProvider, type FakeProvider } from './fake-provider.ts';

let fake: FakeProvider;
let now: Instant;
beforeAll(async () => {
  fake = await startFakeProvider();
});
afterAll(() => fake.close());
beforeEach(() => {
  now = instant(1_000_000);
  fake.isUp = true;
});
const pass = (ms: number): void => void (now = instant(now + ms));
const open = (more: object = {}) =>
  createProvider(
    {
      id: 'fake',
      name: 'Fake',
      issuer: fake.issuer,
      clientId: CLIENT,
      scopes: ['openid'],
      subjectClaim: 'sub',
      isProvisioned: false,
      acrValues: [],
      amr: [],
      requiredClaims: {},
      algorithms: ['RS256', 'ES256'],
      ...more,
    },
    () => now,
  );

test('one that is down is asked again, not too often, and is up as soon as it answers', async () => {
  fake.isUp = false;
  const provider = open();
  expect(provider.downSince()).toBeUndefined();
  await expect(provider.configuration()).rejects.toThrow();
  expect(provider.downSince()).toBe(now);
  fake.isUp = true;
  await expect(provider.configuration()).rejects.toThrow();
  pass(5_000);
  await expect(provider.configuration()).resolves.toBeDefined();
  expect(provider.downSince()).toBeUndefined();
});

test('one that goes down later is still known', async () => {
  const provider = open();
  const known = await provider.configuration();
  fake.isUp = false;
  pass(3_600_000);
  expect(await provider.configuration()).toBe(known);
  expect(provider.downSince()).toBe(now);
});

test('of the algorithms it offers only those that are allowed here are left', async () => {
  const made = await open().configuration();
  expect(made.serverMetadata().id_token_signing_alg_values_supported).toEqual(['ES256']);
  const none = await open({ algorithms: ['RS256'] }).configuration();
  expect(none.serverMetadata().id_token_signing_alg_values_supported).toEqual([]);
});

test('one that calls itself otherwise is not taken for it', async () => {
  const provider = open({ issuer: `${fake.issuer}/` });
  await expect(provider.configuration()).rejects.toThrow();
});
