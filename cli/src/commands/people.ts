import type { PersonItem, PersonList } from '@countersign/api';
import { createTransport } from '@countersign/sdk';
import { Usage, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { folded } from '../fold.ts';
import { field, plain, table } from '../text.ts';

/** Accounts as an administrator sees them. A change is sent once: a person decides to try again. */
function accounts(call: Call) {
  const { json } = createTransport(identityOf(call, 'person'));
  return {
    page: (query: URLSearchParams): Promise<PersonList> =>
      json({ method: 'GET', path: `/v1/people?${query.toString()}`, tries: 3 }),
    one: (id: string): Promise<PersonItem> => json({ method: 'GET', path: at(id), tries: 3 }),
    change: (id: string, verb: string, body: object): Promise<PersonItem> =>
      json({ method: 'POST', path: at(id, `/${verb}`), body }),
  };
}

/** Accounts of people, those of the configuration first. */
export const list: Run = async (call) => {
  const { io } = call;
  const limit = Number(call.text('limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new Usage('`--limit` is a number from 1 to 100');
  const [q, after] = [call.words[0], call.text('after')];
  const query = new URLSearchParams({
    limit: String(limit),
    ...(q === undefined ? {} : { q }),
    ...(after === undefined ? {} : { after }),
  });
  const found = await accounts(call).page(query);
  if (call.has('json')) io.out(`${JSON.stringify(found)}\n`);
  else if (found.items.length === 0) io.out('nobody is called so\n');
  else {
    const rows = table([HEADER, ...found.items.map(row)]);
    io.out(io.isTty.out ? folded(rows, io.columns()) : rows);
  }
  if (found.next !== undefined) io.err(`more: --after ${found.next}\n`);
  return EXIT.done;
};

const HEADER = ['ID', 'NAME', 'STATE', 'FROM', 'REACH', 'GROUPS'];

const row = (item: PersonItem): readonly string[] => [
  plain(item.id),
  plain(item.name),
  stateOf(item),
  plain(item.provider ?? item.source),
  item.reach,
  plain(item.groups.join(', ')),
];

const stateOf = ({ active, outBy }: PersonItem): string =>
  active ? 'active' : `out (${outBy ?? 'unknown'})`;

function tell(call: Call, item: PersonItem): number {
  const { id, name, human, groups, groupsFrom, provider, connection, source } = item;
  const shown: readonly (readonly [string, string | undefined])[] = [
    ['id', plain(id)],
    ['name', plain(name)],
    ['state', stateOf(item)],
    ['human', human === id ? undefined : plain(human)],
    ['groups', `${plain(groups.join(', ')) || 'none'}${groupsFrom ? ` (by ${groupsFrom})` : ''}`],
    ['source', source],
    ['provider', provider === undefined ? undefined : plain(provider)],
    ['scim', connection === undefined ? undefined : plain(connection)],
    ['reach', item.reach],
    ['passkeys', String(item.passkeys)],
  ];
  const lines = shown.map(([label, value]) => (value === undefined ? '' : field(label, value)));
  call.io.out(call.has('json') ? `${JSON.stringify(item)}\n` : lines.join(''));
  return EXIT.done;
}

const at = (id: string, verb = ''): string => `/v1/people/${encodeURIComponent(id)}${verb}`;

const idOf = ({ words }: Call): string => words[0] ?? '';

/** One account. */
export const show: Run = async (call) => tell(call, await accounts(call).one(idOf(call)));

/** Takes an account out. */
export const deactivate: Run = async (call) => {
  const reason = call.text('reason');
  if (reason === undefined)
    throw new Usage('say why with `--reason`; it becomes part of the ledger');
  return tell(call, await accounts(call).change(idOf(call), 'deactivate', { reason }));
};

/** Lets an account in again. */
export const activate: Run = async (call) => {
  const reason = call.text('reason');
  const body = reason === undefined ? {} : { reason };
  return tell(call, await accounts(call).change(idOf(call), 'activate', body));
};

/** Ends every session of an account. */
export const signOut: Run = async (call) =>
  tell(call, await accounts(call).change(idOf(call), 'sign-out', {}));

/** Says that two accounts are one human. */
export const link: Run = async (call) => {
  const [id = '', to = ''] = call.words;
  if (!call.has('yes'))
    throw new Usage(`\`${id}\` and \`${to}\` become one human for good; say so with \`--yes\``);
  return tell(call, await accounts(call).change(id, 'link', { to }));
};
