import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from './documents.ts';

/** Where `npm run helm` puts it. */
export const FETCHED: string = join(ROOT, 'node_modules/.cache/helm-4.1.4/helm');
const CHART = join(ROOT, 'deploy/helm/countersign');

/** A Helm that runs here, or undefined. */
export const HELM: string | undefined = [FETCHED, 'helm'].find((path) => {
  if (path === FETCHED) return existsSync(path);
  try {
    execFileSync(path, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** An object of Kubernetes, as far as tests look. */
export type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  // each kind has a form of its own, which the test that looks at it knows
  readonly spec: Record<string, unknown>;
  readonly data?: Record<string, string>;
};

/** What the chart becomes with these settings; throws with Helm's own words where it refuses them. */
export function render(...settings: readonly string[]): readonly Manifest[] {
  const sets = settings.flatMap((one) => ['--set', one]);
  const text = execFileSync(HELM ?? 'helm', ['template', 'test', CHART, ...sets], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const read = document.toJS() as Manifest | null;
    return read ? [read] : [];
  });
}
