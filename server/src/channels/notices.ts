import {
  TOOLS,
  type Instant,
  type LedgerStore,
  type Notice,
  type StoredEntry,
} from '@countersign/core';
import type { Place } from '../routing/places.ts';
import type { Noticed } from './matters.ts';

/** What the ledger tells of the installation that people should hear of, besides requests. */
export type Notices = {
  /** Names of what is worth telling among entries. */
  readonly in: (
    entries: readonly Pick<StoredEntry, 'stream' | 'version' | 'entry'>[],
  ) => readonly string[];
  /** Names of what is as young as that. */
  readonly recent: (since: number) => Promise<readonly string[]>;
  readonly of: (name: string) => Promise<Noticed | undefined>;
};

type NoticesParts = {
  readonly store: Pick<LedgerStore, 'read' | 'range' | 'head'>;
  /** Text of others, as it may be shown. */
  readonly clean: (text: string) => string;
  readonly publicUrl: string;
  /** Where alerts go. */
  readonly alerts: () => readonly Place[];
  /** Every way to write to one person. */
  readonly toPerson: (person: string) => readonly Place[];
};

type Entry = Readonly<Record<string, unknown>> & { readonly type: string; readonly at: Instant };

/** What is told of each type: to whom, and in what words. */
type Saying = {
  readonly text: (entry: Entry, clean: (text: string) => string) => string;
  /** The member that names the person it concerns, where there is one. */
  readonly to?: string;
  readonly isAlert?: boolean;
  /** Page of the console. */
  readonly page: string;
};

const word = (value: unknown): string => (typeof value === 'string' ? value : '');

const FLOOD: Readonly<Record<string, string>> = {
  agent: 'has as many requests waiting as it may',
  session: 'has as many requests waiting in one session as it may',
  owner: 'and the other agents of its owner have as many requests waiting as they may',
  reviewers: 'has used its share of the attention of those who decide',
  locked: 'goes on asking for what people denied',
};

const SAYINGS: Readonly<Record<string, Saying>> = {
  'alert.raised': {
    text: (entry, clean) =>
      `${clean(word(entry['agent']))} ${FLOOD[word(entry['because'])] ?? 'asks too much'}; nobody is asked for it until then`,
    to: 'owner',
    isAlert: true,
    page: '/agents',
  },
  'tool.suspended': {
    text: (entry, clean) => toolText(entry, clean),
    isAlert: true,
    page: '/tools',
  },
  'passkey.enrolled': { text: () => 'A passkey was added for you', to: 'person', page: '/me' },
  'passkey.removed': { text: () => 'A passkey of yours was removed', to: 'person', page: '/me' },
  'chat.linked': {
    text: () => 'A chat account was connected to you',
    to: 'person',
    page: '/me',
  },
  'delegation.granted': {
    text: () => 'You stand in for somebody who is away',
    to: 'to',
    page: '/me',
  },
};

const WHY_SUSPENDED: Readonly<Record<string, string>> = {
  changed: 'changed after review',
  new: 'appeared after the first look',
  unreviewed: 'wait for their first review',
};

/** ATTACKER: names of tools are a server's; each is cut, and nothing in it stays hidden. */
function toolText(entry: Entry, clean: (text: string) => string): string {
  const tools = Array.isArray(entry['tools']) ? (entry['tools'] as readonly unknown[]) : [];
  const names = tools
    .slice(0, 5)
    .map((one) => clean(word((one as { readonly tool?: unknown }).tool).slice(0, 64)));
  const more = tools.length > 5 ? ` and ${tools.length - 5} more` : '';
  const because = WHY_SUSPENDED[word(entry['because'])] ?? 'are not reviewed';
  return `Tools of ${clean(word(entry['server']))} are suspended, they ${because}: ${names.join(', ')}${more}`;
}

/** Streams in which such entries are. */
const isFollowed = (stream: string): boolean =>
  stream === 'alerts' || stream === 'directory' || stream.startsWith(TOOLS);
const MOST_KEPT = 1_000;
const LOOK_BACK = 2_000;
// within canonical JSON only a member of ours reads like this
const SAID = new RegExp(
  `"type":"(?:${Object.keys(SAYINGS)
    .map((type) => type.replace('.', '\\.'))
    .join('|')})"`,
);

/** Makes the notices of an installation. */
export function createNotices(parts: NoticesParts): Notices {
  const { store, clean, publicUrl, alerts, toPerson } = parts;
  const kept = new Map<string, Entry>();

  function keep(stream: string, n: number, text: string): string | undefined {
    if (!SAID.test(text)) return undefined;
    const name = `${stream}-${n}`;
    kept.set(name, JSON.parse(text) as Entry);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return name;
  }
  const named: Notices['in'] = (entries) =>
    entries.flatMap(({ stream, version, entry }) =>
      isFollowed(stream) ? (keep(stream, version, entry) ?? []) : [],
    );

  async function entryOf(name: string): Promise<Entry | undefined> {
    const known = kept.get(name);
    const at = name.lastIndexOf('-');
    const stream = name.slice(0, at);
    if (known || !isFollowed(stream)) return known;
    const n = Number(name.slice(at + 1));
    const found = (await store.read(stream)).find(({ version }) => version === n);
    return found && (JSON.parse(found.entry) as Entry);
  }

  return {
    in: named,
    recent: async (since) => {
      const { size } = await store.head();
      const entries = await store.range(Math.max(0, size - LOOK_BACK), size);
      return named(entries).filter((name) => (kept.get(name)?.at ?? 0) >= since);
    },
    of: async (name) => {
      const entry = await entryOf(name);
      const saying = entry && SAYINGS[entry.type];
      if (!saying) return undefined;
      const notice: Notice = {
        type: entry.type,
        headline: saying.text(entry, clean),
        lines: [],
        link: `${publicUrl}${saying.page}`,
      };
      const person = saying.to === undefined ? '' : word(entry[saying.to]);
      const places = [
        ...(saying.isAlert ? alerts() : []),
        ...(person === '' ? [] : toPerson(person)),
      ];
      return { subject: name, notice, places };
    },
  };
}
