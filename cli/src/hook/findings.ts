import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createMemory, HOST_NAMES, HOSTS, type Host } from '@countersign/gate-hook/client';
import {
  distrustOf,
  lookAt,
  probeAll,
  switchedOffIn,
  type Configured,
  type Looked,
  type Probed,
} from '@countersign/gate-hook/examining';
import { fileOf, folderOf, type Place, type Scope } from '@countersign/gate-hook/installing';
import { placeOf, programOf } from '../commands/hook.ts';
import type { Io } from '../io.ts';
import { readHookFile } from './settings.ts';

/** One line of what was found. */
export type Found = { readonly state: 'good' | 'bad' | 'note'; readonly text: string };

/** Proves, through each host's own configuration, what is blocked and what is not. Says nothing where no hook is installed. */
export async function hookFindings(io: Io): Promise<readonly Found[]> {
  const place = placeOf(io);
  const looked = HOSTS.map((host) => ({
    host,
    files: scopesOf(host, place).flatMap((scope) => lookAt(host, scope, place) ?? []),
  }));
  const installed = looked.filter(({ files }) => files.some(({ ours }) => ours.length > 0));
  if (installed.length === 0) return [];
  const found: Found[] = [];
  for (const { host, files } of installed) found.push(...(await ofHost(io, place, host, files)));
  return [...found, ...spooled(place)];
}

/** In the home, both scopes of most hosts are one file. */
const scopesOf = (host: Host, place: Place): readonly Scope[] =>
  fileOf(host, 'user', place) === fileOf(host, 'project', place) ? ['user'] : ['user', 'project'];

async function ofHost(
  io: Io,
  place: Place,
  host: Host,
  files: readonly Looked[],
): Promise<readonly Found[]> {
  const version = await versionOf(host, io);
  const name = version === undefined ? HOST_NAMES[host] : `${HOST_NAMES[host]} ${version}`;
  const off = [...files.flatMap((file) => file.off), ...switchedOffIn(host, place)];
  const warnings = [...off, ...files.flatMap((file) => file.warnings)];
  const found: Found[] = warnings.map((text) => ({ state: 'bad', text: `${name}: ${text}` }));
  const others = files.reduce((sum, file) => sum + file.others, 0);
  if (others > 0)
    found.push({
      state: 'note',
      text: `${name}: ${others} other hooks run before tools too; one of them may change arguments after they were approved`,
    });
  for (const configured of files.flatMap(({ ours }) => ours)) {
    const { config, cwd } = { config: configIn(configured.start) ?? place.config, cwd: place.cwd };
    const probed = await probeAll(configured, {
      config,
      cwd,
      ...(version === undefined ? {} : { version }),
    });
    const proven = judged(name, configured, probed);
    found.push(...(off.length > 0 ? asIfOn(proven) : proven), ...timing(name, configured, config));
  }
  if (host === 'codex') found.push(trust(name, place));
  const scopes = files.flatMap(({ ours }) => ours.map(({ scope }) => scope));
  const distrust = distrustOf(host, scopes, place);
  return distrust ? [...found, { ...distrust, text: `${name} ${distrust.text}` }] : found;
}

/** The settings a configured command names. */
const configIn = (start: Configured['start']): string | undefined => {
  const words = typeof start === 'string' ? start.split(/ (?=--)/) : start;
  return typeof start === 'string'
    ? words
        .find((word) => word.startsWith('--config '))
        ?.slice(9)
        .replaceAll(/^'|'$/g, '')
    : words[words.indexOf('--config') + 1];
};

const WORDS: Readonly<Record<Probed['probe'], string>> = {
  forbidden: 'a forbidden call',
  'gateway-stopped': 'any call while the gateway is stopped',
  'broken-path': 'any call when the hook is not where it was',
  crashing: 'any call when the hook crashes',
  hanging: 'any call when the hook hangs until the host gives up',
};
/** Where the host has a flag that makes a hook that hangs a no; what else may fail, `install` closes for all of them. */
const CLOSES_HANGING: ReadonlySet<Host> = new Set(['claude-code', 'cursor']);

/** A proof of what would be blocked is none while no hook runs. */
const asIfOn = (found: readonly Found[]): readonly Found[] =>
  found.map((one) =>
    one.state === 'good' ? { state: 'note', text: `were its hooks on: ${one.text}` } : one,
  );

const list = (some: readonly Probed[]): string => some.map(({ probe }) => WORDS[probe]).join('; ');

function judged(name: string, configured: Configured, probed: readonly Probed[]): readonly Found[] {
  const { host, file, matches } = configured;
  if (!matches)
    return [
      { state: 'bad', text: `${name}: the matcher in ${file} does not match its shell tool` },
    ];
  const canary = probed.find(({ probe }) => probe === 'forbidden');
  const isProven = canary?.isBlocked === true && canary.said.includes('canary');
  const blocked = probed.filter((one) => one.isBlocked && (one !== canary || isProven));
  const open = probed.filter((one) => !one.isBlocked);
  return [
    ...(blocked.length > 0
      ? [{ state: 'good', text: `${name} blocks ${list(blocked)} (${file})` } as const]
      : []),
    ...(canary?.isBlocked === true && !isProven
      ? [
          {
            state: 'bad',
            text: `${name} blocks everything, and the gateway was not asked: ${canary.said.trim()}`,
          } as const,
        ]
      : []),
    ...open.map(({ probe }): Found => {
      const mustBe = probe !== 'hanging' || CLOSES_HANGING.has(host);
      const why = mustBe
        ? '; run `countersign hook install` again'
        : '; this host has nothing that closes it';
      return { state: mustBe ? 'bad' : 'note', text: `${name} LETS THROUGH ${WORDS[probe]}${why}` };
    }),
  ];
}

function timing(name: string, { timeoutMs }: Configured, config: string): readonly Found[] {
  try {
    const { hold_seconds = 600 } = readHookFile(config);
    const longest = timeoutMs / 1000 - 5;
    return hold_seconds <= longest
      ? []
      : [
          {
            state: 'note',
            text: `${name} waits ${timeoutMs / 1000} s: calls are held ${Math.max(0, longest)} s, not ${hold_seconds} s`,
          },
        ];
  } catch (error) {
    return [{ state: 'bad', text: error instanceof Error ? error.message : String(error) }];
  }
}

/** Codex runs only hooks that were reviewed; it keeps that in its own file, by a digest it alone makes. */
function trust(name: string, place: Place): Found {
  const folder = folderOf('codex', place);
  const config = readIf(join(folder, 'config.toml'));
  if (/^\s*(?:codex_)?hooks\s*=\s*false/m.test(config))
    return { state: 'bad', text: `${name}: config.toml switches hooks off` };
  const files = [join(folder, 'hooks.json'), join(place.cwd, '.codex/hooks.json')];
  const isKnown = files.some((file) => config.includes(file));
  return isKnown && config.includes('trusted_hash')
    ? {
        state: 'note',
        text: `${name}: its config.toml holds a trusted hash for this hook; changed hooks are skipped until they are trusted again`,
      }
    : {
        state: 'bad',
        text: `${name} SKIPS this hook until you review it: open Codex and trust it with /hooks`,
      };
}

const readIf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Gemini CLI takes seconds to say its version. */
const SLOWEST_START_MS = 15_000;

async function versionOf(host: Host, io: Io): Promise<string | undefined> {
  const program = programOf(host, io);
  if (program === undefined) return undefined;
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], {
      timeout: SLOWEST_START_MS,
    });
    return /\d+\.\d+\.\d+/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}

function spooled({ config }: Place): readonly Found[] {
  const entries = createMemory(join(dirname(config), 'hook')).spooled();
  const blocked = entries.filter(({ is }) => is === 'blocked');
  const untold = entries.length - blocked.length;
  return [
    ...(blocked.length > 0
      ? [
          {
            state: 'note',
            text: `${blocked.length} calls were blocked because nobody could be asked, last at ${blocked.at(-1)?.at}`,
          } as const,
        ]
      : []),
    ...(untold > 0
      ? [
          {
            state: 'note',
            text: `${untold} outcomes could not be told yet; they are with the next call`,
          } as const,
        ]
      : []),
  ];
}
