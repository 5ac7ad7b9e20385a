// deploy/ says what is true: its files exist, its configurations load, and what keeps a gateway apart from others is there.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPolicyFolder } from '@countersign/policy';
import { createLive, loadActionTypes, loadConfig, type Config } from '@countersign/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../cli/src/commands.ts';
import { commandOf, parseCall } from '../cli/src/parse.ts';
import type { Io } from '../cli/src/io.ts';
import { read, ROOT } from './documents.ts';
import { HELM, render, type Manifest } from './helm.ts';

const token = (prefix: string, name: string): string => `${prefix}_${name.padEnd(24, 'x')}`;
const mayRun = (argv: readonly string[]): string | undefined => {
  const command = commandOf(COMMANDS, argv);
  if (!command) return undefined;
  parseCall(command, argv, {} as Io); // throws where a word or an option is not known
  return command.name;
};

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-deploy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Loads a configuration with the gateway's own loader, references to mounted files led to variables. */
async function loaded(text: string, folder: string): Promise<Config> {
  const env: Record<string, string> = { DATABASE: 'postgres://u:p@database:5432/countersign' };
  const own = text.replaceAll(/file:(\/run\/[\w/-]+)/g, (_, path: string) => {
    const name = path.split('/').at(-1) ?? '';
    if (path.includes('database')) return 'env:DATABASE';
    const variable = `TOKEN_${name.replaceAll('-', '_')}`;
    env[variable] = token(name.endsWith('bot') ? 'csk' : 'csp', name);
    return `env:${variable}`;
  });
  const path = join(folder, 'countersign.yaml');
  writeFileSync(path, own);
  const result = await loadConfig({ path, env });
  if (!result.ok) throw new Error(JSON.stringify(result.error, undefined, 1));
  expect(result.value.warnings.map(({ code }) => code)).toEqual(['reachable']);
  return result.value.config;
}

describe('the image', () => {
  const recipe = read('deploy/image/Containerfile');
  const lines = recipe.replaceAll(/\\\n/g, ' ').split('\n');
  const last = (instruction: string): string =>
    lines.findLast((line) => line.startsWith(`${instruction} `))?.slice(instruction.length + 1) ??
    '';
  test('runs a command that exists, as nobody, in an image with nothing else', () => {
    const entry = JSON.parse(last('ENTRYPOINT')) as string[];
    expect(entry[0]).toBe('/usr/local/bin/node');
    expect(existsSync(join(ROOT, entry[1]?.replace('/app/', '') ?? ''))).toBe(true);
    expect(mayRun(JSON.parse(last('CMD')) as string[])).toBe('serve');
    expect(last('USER')).toBe('10001:10001');
    expect(last('FROM')).toBe('scratch');
  });
  test('its health check answers by the exit code', () => {
    const [command = ''] = /\[.*\]/.exec(last('HEALTHCHECK')) ?? [];
    const [, flag = '', script = ''] = JSON.parse(command) as string[];
    const run = (): number => {
      try {
        execFileSync(process.execPath, [flag, script.replace('8088', '1')], { stdio: 'ignore' });
        return 0;
      } catch (error) {
        return (error as { status: number }).status;
      }
    };
    expect(run(), 'nobody listens there').toBe(1);
  });
  test('what is copied: every workspace, the lock, and no test, key or history', () => {
    const ignored = read('.dockerignore').split('\n');
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
    const tops = workspaces.map((one) => one.replace('/*', ''));
    const allowed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(ignored.find((line) => !line.startsWith('#'))).toBe('*');
    expect(allowed.toSorted()).toEqual(
      [...tops, 'LICENSE', 'package-lock.json', 'package.json', 'tsconfig.json'].toSorted(),
    );
    for (const line of ['**/node_modules', '**/test', '**/.countersign'])
      expect(ignored).toContain(line);
  });
  test('its version is that of the project', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(recipe).toContain(`ARG VERSION=${version}`);
    expect(parse(read('deploy/helm/countersign/Chart.yaml'))).toMatchObject({
      appVersion: version,
    });
    expect(read('deploy/compose/compose.yaml')).toContain(`:-countersign:${version}}`);
  });
});

type Service = {
  readonly image: string;
  readonly command?: readonly string[];
  readonly networks: readonly string[];
  readonly secrets?: readonly string[];
  readonly volumes?: readonly { readonly type: string; readonly source: string }[];
  readonly cap_add?: readonly string[];
  readonly ports?: readonly string[];
};
type Compose = {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};

describe('compose', () => {
  const compose = parse(read('deploy/compose/compose.yaml'), { merge: true }) as Compose;
  const services = Object.entries(compose.services);
  test.each(services)('%s is held as tightly as it goes', (name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      user: expect.stringContaining('COUNTERSIGN_USER'),
    });
    // that of a gateway is in its image
    expect('healthcheck' in service).toBe(!name.startsWith('gateway'));
    expect(service.cap_add).toEqual(name === 'proxy' ? ['NET_BIND_SERVICE'] : undefined);
  });
  test('only gateways reach the database, only the proxy is reached', () => {
    const on = (network: string): readonly string[] =>
      services.filter(([, { networks }]) => networks.includes(network)).map(([name]) => name);
    expect(on('ledger')).toEqual(['gateway-a', 'gateway-b', 'migrate', 'postgres']);
    expect(on('front')).toEqual(['gateway-a', 'gateway-b', 'proxy']);
    expect(on('edge')).toEqual(['proxy']);
    expect(services.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(['proxy']);
    expect([compose.networks['ledger']?.internal, compose.networks['front']?.internal]).toEqual([
      true,
      true,
    ]);
  });
  test('commands, files and secrets exist, or are what prepare.sh makes', () => {
    const script = read('deploy/compose/prepare.sh');
    expect(mayRun(compose.services['migrate']?.command ?? [])).toBe('migrate');
    expect(mayRun((/countersign (keys init keys)/.exec(script)?.[1] ?? '').split(' '))).toBe(
      'keys init',
    );
    for (const [, { secrets = [], volumes = [] }] of services) {
      for (const name of secrets) expect(compose.secrets[name]?.file).toBe(`./secrets/${name}`);
      for (const { source } of volumes.filter(({ type }) => type === 'bind'))
        if (source !== './secrets/keys')
          expect(existsSync(join(ROOT, 'deploy/compose', source)), source).toBe(true);
    }
    const named = new Set(read('deploy/compose/compose.yaml').match(/\$\{(\w+):\?/g));
    for (const one of named) expect(script).toContain(`${one.slice(2, -2)}=`);
  });
  test('the configuration loads, and the sample policies are in order with it', async () => {
    const text = `${read('deploy/compose/countersign.yaml')}\npublic_url: https://gate.example\n`;
    const config = await loaded(text, emptyFolder());
    expect(config).toMatchObject({ keysDir: '/run/keys', database: { schema: 'countersign' } });
    const types = await loadActionTypes(join(ROOT, 'policies/actions.yaml'), config);
    if (!types.ok) throw new Error(JSON.stringify(types.error));
    const groups = createLive({ config, types: types.value }).groups();
    expect(await loadPolicyFolder(join(ROOT, 'policies'), { groups })).toMatchObject({ ok: true });
  });
  test.skipIf(process.platform === 'win32')(
    'prepare.sh makes everything once, for one user alone',
    () => {
      const folder = emptyFolder();
      cpSync(join(ROOT, 'deploy/compose'), folder, { recursive: true });
      const prepare = (): void => {
        const countersign = `${process.execPath} ${join(ROOT, 'cli/bin/countersign.js')}`;
        execFileSync('sh', [join(folder, 'prepare.sh')], {
          env: { ...process.env, COUNTERSIGN: countersign },
          stdio: 'pipe',
        });
      };
      prepare();
      const secrets = join(folder, 'secrets');
      const files = readdirSync(secrets, { recursive: true, encoding: 'utf8' })
        .map((name) => join(secrets, name))
        .filter((path) => statSync(path).isFile());
      expect(files.length).toBe(Object.keys(compose.secrets).length + 5);
      for (const path of files) expect(statSync(path).mode & 0o077, path).toBe(0);
      const before = files.map((path) => readFileSync(path, 'utf8'));
      prepare();
      expect(files.map((path) => readFileSync(path, 'utf8'))).toEqual(before);
      expect(readFileSync(join(folder, '.env'), 'utf8')).not.toContain('COUNTERSIGN_USER=0:');
      expect(read('deploy/compose/.gitignore').split('\n')).toEqual(['secrets/', '.env', '']);
    },
    30_000,
  );
});

const URL_SET = 'publicUrl=https://gate.example';
const kinds = (manifests: readonly Manifest[]): readonly string[] =>
  manifests.map(({ kind }) => kind).toSorted();
const the = (manifests: readonly Manifest[], kind: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind);
  if (!found) throw new Error(`there is no ${kind}`);
  return found;
};

type Pod = {
  readonly containers: readonly {
    readonly args?: readonly string[];
    readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly secret?: unknown }[];
  readonly terminationGracePeriodSeconds?: number;
};
const podOf = (manifest: Manifest): Pod =>
  (manifest.spec['template'] as { readonly spec: Pod }).spec;

test('Helm is here where nothing may be skipped', () => {
  if (HELM === undefined) expect(process.env['COUNTERSIGN_REQUIRE_HELM']).toBeUndefined();
});

describe.skipIf(HELM === undefined)('the chart, as Helm renders it', () => {
  test('what there is by default, and with everything', () => {
    const few = ['ConfigMap', 'ConfigMap', 'Job', 'NetworkPolicy', 'PodDisruptionBudget'];
    expect(kinds(render(URL_SET))).toEqual([...few, 'Service', 'Service', 'StatefulSet']);
    const more = ['metrics.enabled=true', 'metrics.serviceMonitor.enabled=true'];
    const all = kinds(render(URL_SET, 'ingress.enabled=true', ...more));
    expect(all).toEqual(
      [...few, 'Service', 'Service', 'StatefulSet', 'Ingress', 'ServiceMonitor'].toSorted(),
    );
  });
  test.each(['StatefulSet', 'Job'])('the pod of the %s is held as tightly as it goes', (kind) => {
    const pod = podOf(the(render(URL_SET), kind));
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_001,
        fsGroup: 10_001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(pod.containers).toHaveLength(1);
    expect(pod.containers[0]).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        privileged: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: { requests: expect.anything(), limits: { memory: expect.any(String) } },
    });
    const writable = pod.volumes.filter(
      (volume) => !('secret' in volume) && !('configMap' in volume),
    );
    expect(writable).toEqual([{ name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } }]);
    for (const { secret } of pod.volumes.filter((volume) => 'secret' in volume))
      expect(secret, 'of root and our group, for nobody else').toMatchObject({
        defaultMode: 0o440,
      });
    const mounted = pod.containers[0]?.volumeMounts.map(({ name }) => name) ?? [];
    expect(mounted.includes('keys'), 'a migration needs no keys').toBe(kind === 'StatefulSet');
  });
  test('a replica has the time its drain takes, and keeps what it signed', () => {
    const set = the(render(URL_SET), 'StatefulSet');
    const pod = podOf(set);
    const [gateway] = pod.containers;
    const rest =
      (pod.terminationGracePeriodSeconds ?? 0) - (gateway?.lifecycle?.preStop.sleep.seconds ?? 0);
    const drain = Number(
      /DRAIN_MS = ([\d_]+)/.exec(read('server/src/main.ts'))?.[1]?.replaceAll('_', ''),
    );
    expect(drain).toBeGreaterThan(0);
    expect(rest * 1_000).toBeGreaterThan(drain);
    expect(gateway).toMatchObject({
      startupProbe: { httpGet: { path: '/healthz' } },
      livenessProbe: { httpGet: { path: '/healthz' } },
      readinessProbe: { httpGet: { path: '/readyz' } },
    });
    expect(set.spec).toMatchObject({
      volumeClaimTemplates: [{ metadata: { name: 'state' } }],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    expect(gateway?.volumeMounts[0]).toEqual({ name: 'state', mountPath: '/var/lib/countersign' });
  });
  test('the job migrates before anything else, with a command that exists', () => {
    const manifests = render(URL_SET);
    const job = the(manifests, 'Job');
    expect(mayRun(podOf(job).containers[0]?.args ?? [])).toBe('migrate');
    expect(job.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
    expect(kinds(render(URL_SET, 'migrate.enabled=false'))).not.toContain('Job');
  });
  test('the network is closed but for what is listed', () => {
    const { spec } = the(render(URL_SET), 'NetworkPolicy');
    expect(spec['policyTypes']).toEqual(['Ingress', 'Egress']);
    expect(spec['ingress']).toHaveLength(1);
    expect(spec['egress']).toHaveLength(2);
    for (const rule of [...(spec['ingress'] as object[]), ...(spec['egress'] as object[])])
      expect(Object.values(rule).every((one) => (one as unknown[]).length > 0)).toBe(true);
    const scraped = the(render(URL_SET, 'metrics.enabled=true'), 'NetworkPolicy');
    expect(scraped.spec['ingress']).toHaveLength(2);
  });
  test('its configuration loads, what the operator gives beside what it knows itself', async () => {
    const set =
      'config.people[0].id=anna,config.people[0].name=Anna,config.people[0].token=file:/run/tokens/anna';
    const manifests = render(URL_SET, set, 'config.database.connections=4');
    for (const { data } of manifests.filter(({ kind }) => kind === 'ConfigMap')) {
      const config = await loaded(data?.['countersign.yaml'] ?? '', emptyFolder());
      expect(config).toMatchObject({
        listen: { host: '0.0.0.0', port: 8088 },
        publicUrl: 'https://gate.example',
        dataDir: '/var/lib/countersign/data',
        keysDir: '/run/keys',
        people: [{ id: 'anna' }],
        database: { connections: 4, schema: 'countersign' },
      });
    }
  });
  test.each([
    ['no origin', []],
    ['an origin without TLS', ['publicUrl=http://gate.example']],
    ['an origin of this machine', ['publicUrl=https://localhost']],
    ['an address that only the chart knows', [URL_SET, 'config.listen=0.0.0.0:1']],
    ['a way out to everywhere', [URL_SET, 'networkPolicy.database.to=null']],
    ['no time to drain', [URL_SET, 'terminationGracePeriodSeconds=5']],
    ['a secret instead of its name', [URL_SET, 'secrets.database.url=postgres://x']],
    ['a key that is not known', [URL_SET, 'replica=3']],
  ])('values are refused: %s', (_, settings) => {
    expect(() => render(...settings)).toThrow(/values don't meet the specifications/);
  });
});
