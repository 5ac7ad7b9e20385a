import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Call, Run } from '../command.ts';
import { findAll, urlOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { faultLine, type Fault } from '../fault.ts';
import { inspect, type Inspection } from '../inspection.ts';
import { plain, styleOf } from '../text.ts';

type Finding = {
  readonly name: string;
  readonly state: 'good' | 'bad' | 'note';
  readonly text: string;
};
const good = (name: string, text: string): Finding => ({ name, state: 'good', text });
const bad = (name: string, text: string): Finding => ({ name, state: 'bad', text });
const note = (name: string, text: string): Finding => ({ name, state: 'note', text });

/** Looks at everything that keeps a gateway or its users from working. Changes nothing. */
export const doctor: Run = async (call) => {
  const { io } = call;
  const inspected = await inspect(call, undefined);
  const findings = [
    node(),
    ...credentials(call),
    ...config(call, inspected),
    ...data(call, inspected),
    ...(await database(inspected)),
    ...(await databases(inspected)),
    ...(await keys(call, inspected)),
    ...policies(inspected),
    ...(await signIn(call, inspected)),
    ...(await gateway(call, inspected)),
    ...(await hooks(call)),
  ];
  const isWell = findings.every(({ state }) => state !== 'bad');
  if (call.has('json')) io.out(`${JSON.stringify({ ok: isWell, findings })}\n`);
  else {
    const { green, red, dim } = styleOf(io);
    const mark = { good: green('ok  '), bad: red('FAIL'), note: dim('note') };
    for (const { name, state, text } of findings)
      io.out(`${mark[state]} ${name.padEnd(12)} ${plain(text)}\n`);
  }
  return isWell ? EXIT.done : EXIT.failed;
};

const node = (): Finding => {
  const { node: version } = process.versions;
  return Number(version.split('.')[0]) >= 24
    ? good('node', version)
    : bad('node', `${version} is too old; use Node 24 or newer`);
};

function credentials({ io }: Call): readonly Finding[] {
  try {
    const found = findAll(io);
    if (found.length === 0) return [note('credentials', 'none stored; see countersign login')];
    return found.flatMap(({ file, credentials: { people = {}, agents = {} } }) => [
      good('credentials', file),
      ...Object.values({ ...people, ...agents }).flatMap(({ token_file }) =>
        privacy(resolve(dirname(file), token_file)),
      ),
    ]);
  } catch (error) {
    return [bad('credentials', error instanceof Error ? error.message : String(error))];
  }
}

function privacy(path: string): readonly Finding[] {
  if (!existsSync(path)) return [bad('credentials', `${path} is missing`)];
  const isOpen = process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
  return isOpen ? [bad('credentials', `others may read ${path}; chmod 600 it`)] : [];
}

const told = (name: string, faults: readonly Fault[]): readonly Finding[] =>
  faults.map((fault) => {
    const text = `${faultLine(fault)}; ${fault.hint}`;
    return fault.severity === 'error' ? bad(name, text) : note(name, text);
  });

function config(
  call: Call,
  { configPath, config: read, ofConfig }: Inspection,
): readonly Finding[] {
  if (read) return [good('config', configPath), ...told('config', ofConfig)];
  if (ofConfig.length > 0 || call.text('config') !== undefined) return told('config', ofConfig);
  return [note('config', `there is no ${configPath}`)];
}

const dataDirOf = ({ io }: Call, { configPath, config: read }: Inspection): string =>
  read?.dataDir ?? resolve(dirname(configPath), io.env['COUNTERSIGN_DATA_DIR'] ?? '.countersign');

function data(call: Call, inspected: Inspection): readonly Finding[] {
  const { configPath, config: read } = inspected;
  if (!read && existsSync(configPath)) return []; // which folder it names is not known
  const folder = dataDirOf(call, inspected);
  if (!existsSync(folder)) return [note('data', `${folder} does not exist yet`)];
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return [good('data', folder)];
  } catch {
    return [bad('data', `${folder} is not readable and writable for this user`)];
  }
}

async function keys(call: Call, inspected: Inspection): Promise<readonly Finding[]> {
  const { exposedKeys } = await import('@countersign/server');
  const folder = inspected.config?.keysDir ?? join(dataDirOf(call, inspected), 'keys');
  return exposedKeys(folder).map((path) =>
    bad('keys', `others may read or write ${path}; chmod 600 it`),
  );
}

async function database({ config: read }: Inspection): Promise<readonly Finding[]> {
  if (!read?.database) return [];
  const { migrateLedger, StartFailure } = await import('@countersign/server/operations');
  try {
    const { schema, from, to } = await migrateLedger(read, { isDryRun: true });
    return [
      from === to
        ? good('database', `schema ${schema} is up to date (version ${to})`)
        : bad(
            'database',
            `schema ${schema} is of version ${from}, not ${to}; run countersign migrate`,
          ),
    ];
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    return [bad('database', `${error.message}; ${error.hint}`)];
  }
}

/** Databases behind the gate, as the gate would use them. */
async function databases({ config: read }: Inspection): Promise<readonly Finding[]> {
  if (!read || read.postgres.databases.length === 0) return [];
  const { lookAtDatabases } = await import('@countersign/server/databases');
  return (await lookAtDatabases(read)).map(({ database: of, state, text, sql }) => ({
    name: of,
    state,
    text: sql === undefined ? text : `${text}; ${sql}`,
  }));
}

async function signIn(call: Call, { config: read }: Inspection): Promise<readonly Finding[]> {
  if (!read) return [];
  const { development, providers } = read.signIn;
  const own = development ? [note('sign-in', 'anyone at this machine may be anyone')] : [];
  if (!call.has('online'))
    return providers.length === 0
      ? own
      : [...own, note('sign-in', 'providers are asked what they are with --online')];
  const { lookAtProviders } = await import('../providers-found.ts');
  const found = await lookAtProviders(read);
  return [
    ...own,
    ...found.map(({ id, problem }) =>
      problem === undefined
        ? good('sign-in', `${id} answers, and signs in a way that is allowed`)
        : bad('sign-in', `${id} ${problem}`),
    ),
  ];
}

function policies({ folder, set, groups, config: read, ...found }: Inspection): readonly Finding[] {
  if (!read && !existsSync(folder)) return [note('policies', `there is no ${folder}`)];
  const isUnchecked = set !== undefined && groups === undefined;
  return [
    ...(set ? [good('policies', `${set.policies.length} in order in ${folder}`)] : []),
    ...told('policies', found.ofPolicies),
    ...(isUnchecked ? [note('policies', 'groups are not checked without a configuration')] : []),
    ...told('action types', found.ofTypes),
    ...told('routing', found.ofRouting),
    ...told('data classes', found.ofClasses),
  ];
}

const hostOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

const MOST_SKEW_MS = 30_000;

async function gateway(call: Call, { config: read }: Inspection): Promise<readonly Finding[]> {
  const isNamed = (call.text('url') ?? call.io.env['COUNTERSIGN_URL']) !== undefined;
  const url = isNamed || !read ? urlOf(call) : (read.publicUrl ?? `http://${hostOf(read.listen)}`);
  try {
    const answer = await fetch(`${url}/readyz`, {
      signal: AbortSignal.timeout(5_000),
      redirect: 'error',
    });
    const body = await answer.text();
    const date = Date.parse(answer.headers.get('date') ?? '');
    const skew = Number.isNaN(date) ? 0 : Math.abs(call.io.now() - date);
    return [
      answer.ok
        ? good('gateway', `${url} is ready`)
        : bad('gateway', `${url} is not ready: ${body.slice(0, 500)}`),
      ...(skew > MOST_SKEW_MS
        ? [bad('clock', `differs from the gateway's by ${Math.round(skew / 1000)} s`)]
        : []),
    ];
  } catch {
    return [note('gateway', `nothing answers at ${url}; start one with countersign serve`)];
  }
}

async function hooks({ io }: Call): Promise<readonly Finding[]> {
  const { hookFindings } = await import('../hook/findings.ts');
  return (await hookFindings(io)).map((found) => ({ name: 'hooks', ...found }));
}
