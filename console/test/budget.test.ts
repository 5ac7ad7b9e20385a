import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const dist = join(import.meta.dirname, '../dist');
const BUDGET = 60 * 1_024;

const sizeOf = (name: string): readonly number[] => {
  const png = readFileSync(join(dist, 'assets', name));
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
};

// `npm ci` builds it; without that there is nothing that could be served
describe('the built console', () => {
  const names = existsSync(dist) ? readdirSync(dist, { recursive: true, encoding: 'utf8' }) : [];
  const page = (): string => readFileSync(join(dist, 'index.html'), 'utf8');

  test('all script together is within 60 KB, compressed', () => {
    const scripts = names.filter((name) => name.endsWith('.js.br'));
    expect(scripts.length).toBeGreaterThan(3);
    const bytes = scripts.reduce((sum, name) => sum + readFileSync(join(dist, name)).length, 0);
    expect(bytes).toBeLessThan(BUDGET);
  });
  test('every text has its compressed forms beside it', () => {
    const texts = names.filter((name) => /\.(?:html|js|css|svg|webmanifest)$/.test(name));
    expect(
      texts.filter((name) => !names.includes(`${name}.br`) || !names.includes(`${name}.gz`)),
    ).toEqual([]);
  });
  test('the page has no inline script or style, and loads nothing from elsewhere', () => {
    expect(page()).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:/);
    for (const [, to = ''] of page().matchAll(/(?:src|href)="([^"]+)"/g))
      expect(names).toContain(to.slice(1));
  });
  test('the worker imports nothing and the style sheet fetches nothing', () => {
    expect(readFileSync(join(dist, 'sw.js'), 'utf8')).not.toMatch(/\bimport\b|importScripts/);
    for (const name of names.filter((one) => one.endsWith('.css')))
      expect(readFileSync(join(dist, name), 'utf8')).not.toMatch(/url\(|@import/);
  });
  test('no credential is kept in the browser', () => {
    const kept = names
      .filter((name) => name.endsWith('.js'))
      .flatMap((name) => [
        ...readFileSync(join(dist, name), 'utf8').matchAll(/\w+Storage\.setItem\((\w+)/g),
      ]);
    // how it looks, and the trust file, which holds public keys
    expect(kept.length).toBe(2);
    expect(
      names
        .filter((name) => name.endsWith('.js'))
        .map((name) => readFileSync(join(dist, name), 'utf8'))
        .join(''),
    ).not.toMatch(/sessionStorage|indexedDB|document\.cookie/);
  });
  test('icons are the sizes they say they are', () => {
    expect(sizeOf('icon-192.png')).toEqual([192, 192]);
    expect(sizeOf('icon-512.png')).toEqual([512, 512]);
    expect(sizeOf('icon-maskable.png')).toEqual([512, 512]);
  });
});
