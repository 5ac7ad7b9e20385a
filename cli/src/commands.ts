import { agentCommands } from './agent-commands.ts';
import { databaseCommands } from './database-commands.ts';
import { ARGUMENT_OPTIONS } from './arguments.ts';
import type { Command, Options } from './command.ts';
import { delegationCommands } from './delegation-commands.ts';
import { consideredCommands } from './considered-commands.ts';
import { toolCommands } from './tool-commands.ts';
import { waiverCommands } from './waiver-commands.ts';
import { channelCommands } from './channel-commands.ts';
import { hookCommands } from './hook-commands.ts';
import { mcpCommands } from './mcp-commands.ts';

const URL_OPTION: Options = {
  url: {
    type: 'string',
    value: 'URL',
    help: 'the gateway (default: COUNTERSIGN_URL, or that of the credentials)',
  },
};
const NO_BROWSER: Options[string] = {
  type: 'boolean',
  help: 'only print the address; open nothing',
};
const IDENTITY: Options = {
  as: { type: 'string', value: 'NAME', help: 'whose stored credential to use' },
  ...URL_OPTION,
};
const VOTE: Options = {
  reason: { type: 'string', help: 'why; the agent is shown it as your words' },
  yes: { type: 'boolean', help: 'do not ask; needs --seen' },
  seen: { type: 'string', value: 'DIGEST', help: 'digest of what you saw, from `approvals show`' },
  'no-browser': NO_BROWSER,
  ...IDENTITY,
};
const CONFIG: Options = {
  config: { type: 'string', value: 'FILE', help: 'default: countersign.yaml here' },
};
const TRUST: Options = {
  trust: { type: 'string', value: 'FILE', help: 'whom to believe: a C2SP tlog-policy' },
  'grant-keys': {
    type: 'string',
    value: 'FILE',
    help: 'a JWK set to check signatures of grants with',
  },
};
const EPOCH: Options = {
  reason: { type: 'string', help: 'why; it becomes part of the ledger' },
  yes: { type: 'boolean', help: 'do not ask' },
};
const REASON: Options[string] = {
  type: 'string',
  help: 'why; it becomes part of the ledger',
};
const OUTCOMES = 'executed|failed';
const ID_NOTE = 'ID may be shortened to the beginning or the end of exactly one waiting request.';
const VOTE_NOTES = [
  ID_NOTE,
  'At a terminal the whole request is shown and a code is asked for; the default is no.',
  'Without a terminal pass --yes and, with --seen, the digest of what you saw.',
];
const MANY_NOTE =
  'Several are answered at once, each decided for itself; only low risks are approved so. --seen takes the digest of each, by commas.';

/** Every command there is. Parsing, help and completions are made from this table. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    summary: 'Run the gateway',
    options: CONFIG,
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'migrate',
    summary: 'Make the tables of the ledger in its database, or bring them up to date',
    options: {
      'dry-run': { type: 'boolean', help: 'only show what would be done' },
      ...CONFIG,
    },
    notes: [
      'Needs `database` in the configuration; an embedded ledger is brought up to date when it is opened.',
      'Gateways of the version before may go on running meanwhile.',
    ],
    load: async () => (await import('./commands/migrate.ts')).migrate,
  },
  {
    name: 'demo',
    summary: 'Play the 3 a.m. agent for real, in a folder of its own',
    options: {
      unattended: {
        type: 'boolean',
        help: 'play every part and exit 0 only if each step went as expected',
      },
    },
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'doctor',
    summary: 'Check this machine, the configuration, the policies and the gateway',
    options: {
      online: { type: 'boolean', help: 'also ask the identity providers what they are' },
      ...CONFIG,
      ...URL_OPTION,
    },
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'keys init',
    summary: 'Make the set of keys that all gateways of one installation share',
    words: ['FOLDER'],
    options: {},
    notes: ['A gateway alone makes its own at its first start and needs this for nothing.'],
    examples: ['keys'],
    load: async () => (await import('./commands/keys.ts')).init,
  },
  {
    name: 'teams package',
    summary: 'Make the app that a Microsoft Teams tenant installs',
    words: ['FILE'],
    options: {
      'app-id': { type: 'string', value: 'ID', help: "the bot's application (client) id" },
      'public-url': { type: 'string', value: 'URL', help: 'the gateway as people reach it' },
      'app-version': {
        type: 'string',
        value: 'X.Y.Z',
        help: 'default: 1.0.0; raise it with every change',
      },
      name: { type: 'string', help: 'what the app is called; default: Countersign' },
    },
    examples: ['countersign.zip --app-id 0f0e… --public-url https://countersign.example.com'],
    load: async () => (await import('./commands/teams.ts')).packageApp,
  },
  {
    name: 'login',
    summary: 'Sign this terminal in by a browser, or store a token, readable by nobody else',
    words: ['[NAME]'],
    options: {
      token: { type: 'boolean', help: 'store a token of the configuration instead' },
      'no-browser': NO_BROWSER,
      ...URL_OPTION,
    },
    notes: [
      'A terminal signed in by a browser acts as that person for twelve hours at most, at assurance `chat`.',
      'With --token it is read from the terminal without showing it, or from standard input; never from an argument.',
    ],
    examples: ['--url http://localhost:8088', 'dana --token < token.txt'],
    load: async () => (await import('./commands/login.ts')).login,
  },
  {
    name: 'logout',
    summary: 'End the session of this terminal, and remove its token',
    words: ['[NAME]'],
    options: URL_OPTION,
    load: async () => (await import('./commands/logout.ts')).logout,
  },
  {
    name: 'act',
    summary: 'Propose an action, wait for its decision, exit by the verdict',
    words: ['TYPE', 'RESOURCE'],
    options: {
      ...ARGUMENT_OPTIONS,
      claim: { type: 'string', help: 'what you say about it; reviewers see it as unverified' },
      'on-behalf-of': { type: 'string', value: 'PERSON', help: 'the person you act for' },
      session: { type: 'string', value: 'ID', help: 'the session it belongs to' },
      'started-by': { type: 'string', value: 'PERSON', help: 'who started that session' },
      key: { type: 'string', help: 'the same key is the same action: a run can be resumed' },
      timeout: {
        type: 'string',
        value: '30m',
        help: 'how long to wait; the request stays open after it',
      },
      'no-wait': { type: 'boolean', help: 'propose only; exit 4 while nobody has decided' },
      'no-redeem': {
        type: 'boolean',
        help: 'leave the grant for another process (it is in --json)',
      },
      ...IDENTITY,
    },
    notes: [
      'RESOURCE is Type::id. Exit code 0 means: the grant was spent for you, once; run what was released, then report.',
      'Ctrl-C while waiting withdraws the request.',
    ],
    examples: [
      'crm.export Database::crm --arg table=customers --arg columns:=\'["name"]\'',
      'deploy.release Service::web --args @release.json --timeout 30m && ./deploy.sh',
    ],
    load: async () => (await import('./commands/act.ts')).act,
  },
  {
    name: 'exec',
    summary: 'Gate a command: run it here once it is approved',
    takesRest: true,
    options: {
      as: {
        type: 'string',
        value: 'IDENTITY',
        help: 'whose secrets the command gets (identities.json)',
      },
      agent: { type: 'string', value: 'NAME', help: 'whose stored credential to propose with' },
      host: {
        type: 'string',
        value: 'ID',
        help: 'id of the Host resource (default: the name of this machine)',
      },
      env: { type: 'string', multiple: true, value: 'NAME', help: 'a variable to hand over' },
      stdin: {
        type: 'boolean',
        help: 'hand over standard input; its digest is part of the action',
      },
      claim: { type: 'string', help: 'what you say about it; reviewers see it as unverified' },
      'on-behalf-of': { type: 'string', value: 'PERSON', help: 'the person you act for' },
      timeout: { type: 'string', value: '30m', help: 'how long to wait for a decision' },
      limit: { type: 'string', value: '10m', help: 'how long the command may run' },
      ...URL_OPTION,
    },
    notes: [
      'The command is run without a shell, with the variables it is given and no others; output is masked.',
      'Its exit code is reported; countersign itself exits by the table of `countersign --help`.',
      'Identities are in ~/.config/countersign/identities.json: {"deploy": {"PGPASSWORD": "file:/path"}}.',
    ],
    examples: ['-- git push origin main', '--as deploy -- psql -c "select 1"'],
    load: async () => (await import('./commands/exec.ts')).exec,
  },
  {
    name: 'approvals list',
    summary: 'Requests that wait for a decision',
    options: {
      all: { type: 'boolean', help: 'settled ones too' },
      limit: { type: 'string', value: 'N', help: 'at most this many (default 50)' },
      before: { type: 'string', value: 'ACTION', help: 'older than this one' },
      ...IDENTITY,
    },
    load: async () => (await import('./commands/approvals.ts')).list,
  },
  {
    name: 'approvals watch',
    summary: 'What waits for you, live: read and decide by keys',
    options: {
      once: { type: 'boolean', help: 'print what waits now, and stop' },
      'no-browser': NO_BROWSER,
      ...IDENTITY,
    },
    notes: [
      'At a terminal: j and k move, Enter reads, a and d begin a decision; the default is no.',
      'Anywhere else, or with --json, what comes and goes is a line each until it is ended.',
    ],
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  {
    name: 'approvals show',
    summary: 'One request with everything needed to decide',
    words: ['ID'],
    options: IDENTITY,
    notes: [ID_NOTE],
    load: async () => (await import('./commands/approvals.ts')).show,
  },
  {
    name: 'approvals approve',
    summary: 'Say yes, as a reviewer',
    words: ['ID', '[ID…]'],
    options: VOTE,
    notes: [...VOTE_NOTES, MANY_NOTE],
    load: async () => (await import('./commands/vote.ts')).approve,
  },
  {
    name: 'approvals deny',
    summary: 'Say no',
    words: ['ID', '[ID…]'],
    options: VOTE,
    notes: [...VOTE_NOTES, MANY_NOTE],
    load: async () => (await import('./commands/vote.ts')).deny,
  },
  {
    name: 'approvals confirm',
    summary: 'Confirm, as the person the agent acts for; never counted as an approval',
    words: ['ID'],
    options: VOTE,
    notes: VOTE_NOTES,
    load: async () => (await import('./commands/vote.ts')).confirm,
  },
  {
    name: 'approvals edit',
    summary: 'Ask for other arguments: a new request, and you cannot vote on it',
    words: ['ID'],
    options: { ...ARGUMENT_OPTIONS, ...IDENTITY },
    notes: [ID_NOTE, '--arg changes single arguments of the request; --args replaces all of them.'],
    load: async () => (await import('./commands/edit.ts')).edit,
  },
  {
    name: 'approvals revoke',
    summary: 'Take an approval back before it runs',
    words: ['ID'],
    options: VOTE,
    notes: VOTE_NOTES,
    load: async () => (await import('./commands/vote.ts')).revoke,
  },
  {
    name: 'people list',
    summary: 'Accounts of people, for administrators',
    words: ['[NAME]'],
    options: {
      limit: { type: 'string', value: 'N', help: 'at most this many (default 50)' },
      after: { type: 'string', value: 'PERSON', help: 'those behind this one' },
      ...IDENTITY,
    },
    notes: ['NAME is the beginning of a name, or of an id.'],
    load: async () => (await import('./commands/people.ts')).list,
  },
  {
    name: 'people show',
    summary: 'One account',
    words: ['PERSON'],
    options: IDENTITY,
    load: async () => (await import('./commands/people.ts')).show,
  },
  {
    name: 'people deactivate',
    summary: 'Take an account out: its sessions end, and it counts nowhere any more',
    words: ['PERSON'],
    options: { reason: REASON, ...IDENTITY },
    load: async () => (await import('./commands/people.ts')).deactivate,
  },
  {
    name: 'people activate',
    summary: 'Let an account in again that an administrator took out',
    words: ['PERSON'],
    options: { reason: REASON, ...IDENTITY },
    notes: ['Needs a sign-in that is recent, and somebody else than the person.'],
    load: async () => (await import('./commands/people.ts')).activate,
  },
  {
    name: 'people sign-out',
    summary: 'End every session of an account',
    words: ['PERSON'],
    options: IDENTITY,
    load: async () => (await import('./commands/people.ts')).signOut,
  },
  {
    name: 'people link',
    summary: 'Say that two accounts are one human; it cannot be taken back',
    words: ['PERSON', 'TO'],
    options: { yes: { type: 'boolean', help: 'it is meant' }, ...IDENTITY },
    notes: ['Needs a sign-in that is recent. They are excluded and count as one from then on.'],
    load: async () => (await import('./commands/people.ts')).link,
  },
  {
    name: 'actions show',
    summary: 'Where an action stands',
    words: ['ACTION'],
    options: {
      wait: { type: 'boolean', help: 'wait until it is decided and exit by it' },
      ...IDENTITY,
    },
    load: async () => (await import('./commands/actions.ts')).show,
  },
  {
    name: 'actions cancel',
    summary: 'Withdraw an action that did not run',
    words: ['ACTION'],
    options: IDENTITY,
    load: async () => (await import('./commands/actions.ts')).cancel,
  },
  {
    name: 'actions report',
    summary: 'Report how a released action ended, as its executor',
    words: ['ACTION', OUTCOMES],
    options: {
      'exit-code': { type: 'string', value: 'N', help: 'exit code of what ran' },
      summary: { type: 'string', help: 'a line without private values' },
      ...IDENTITY,
    },
    load: async () => (await import('./commands/actions.ts')).report,
  },
  {
    name: 'actions close',
    summary: 'Say what really happened to an action whose outcome is unknown, as a person',
    words: ['ACTION', OUTCOMES],
    options: { note: { type: 'string', help: 'how you know' }, ...IDENTITY },
    load: async () => (await import('./commands/actions.ts')).close,
  },
  ...agentCommands(IDENTITY),
  ...delegationCommands(IDENTITY),
  ...consideredCommands(IDENTITY),
  {
    name: 'policy check',
    summary: 'Load policies as strictly as the gateway does',
    words: ['[FOLDER]'],
    options: CONFIG,
    notes: [
      'With a countersign.yaml the groups that policies name are checked against its people.',
    ],
    load: async () => (await import('./commands/policy.ts')).check,
  },
  {
    name: 'policy test',
    summary: 'Run the tests of a policy folder, and name policies no test met',
    words: ['[FOLDER]'],
    options: CONFIG,
    load: async () => (await import('./commands/policy.ts')).test,
  },
  {
    name: 'policy explain',
    summary: 'Judge a past action again, by the policies of then; it must come out the same',
    words: ['ACTION'],
    options: IDENTITY,
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'ledger verify',
    summary: 'Verify a whole ledger offline: a folder, or where it is served',
    words: ['[SOURCE]'],
    options: {
      ...TRUST,
      depth: {
        type: 'string',
        choices: ['tree', 'streams', 'actions'],
        help: 'how far entries are read (default actions)',
      },
      ...URL_OPTION,
    },
    load: async () => (await import('./commands/ledger.ts')).verify,
  },
  {
    name: 'ledger prove',
    summary: 'Fetch the proof of an action and verify it',
    words: ['ACTION'],
    options: { ...TRUST, ...IDENTITY },
    load: async () => (await import('./commands/receipt.ts')).prove,
  },
  {
    name: 'ledger export',
    summary: 'Copy the ledger into a folder that third-party tools read as it is',
    words: ['FOLDER'],
    options: URL_OPTION,
    load: async () => (await import('./commands/ledger.ts')).exportTo,
  },
  {
    name: 'ledger new-epoch',
    summary: 'Go on with a ledger that lost entries which were signed, under a new origin',
    options: { ...EPOCH, ...CONFIG },
    notes: [
      'Stop every gateway first, and look for a newer copy: what is lost stays lost.',
      'It says which entries are lost and asks; afterwards auditors need the new trust.txt as well.',
    ],
    load: async () => (await import('./commands/epoch.ts')).newEpoch,
  },
  {
    name: 'store copy',
    summary: 'Copy a ledger into another store: same entries, same root, verified',
    options: {
      from: { type: 'string', value: 'CONFIG', help: 'the configuration whose store is copied' },
      to: { type: 'string', value: 'CONFIG', help: 'the one whose store, still empty, gets it' },
      live: { type: 'boolean', help: 'copy this moment of a store that a gateway serves' },
    },
    notes: [
      'Secrets, such as a database URL, stand in the configurations by reference; never here.',
      'With --live the source goes on: the copy is for looking at, or for moving it again with the gateway stopped.',
    ],
    examples: ['--from countersign.yaml --to countersign.postgres.yaml'],
    load: async () => (await import('./commands/store.ts')).copy,
  },
  {
    name: 'store check',
    summary: 'Check everything a store keeps: every hash, every state, every payload',
    options: {
      backup: { type: 'string', value: 'FOLDER', help: 'check a backup instead' },
      ...CONFIG,
    },
    notes: [
      'It lists every problem with what to do, changes nothing, and exits 1 if there is any. A gateway may go on serving.',
      'A backup is checked without keys; with --config those of that installation must have signed it.',
    ],
    load: async () => (await import('./commands/store.ts')).check,
  },
  {
    name: 'backup',
    summary: 'Save a ledger, served or not, as a folder',
    options: {
      out: { type: 'string', value: 'FOLDER', help: 'a name that is not taken' },
      ...CONFIG,
    },
    notes: [
      'KEYS ARE NOT IN IT. Save the keys folder apart, with short-lived copies: who has old keys and old payloads reads what was erased.',
      'The folder takes its name when it is whole and on disk; one named .partial-… is what a crash left.',
    ],
    examples: ['--out backups/$(date +%F-%H%M)'],
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    name: 'restore',
    summary: 'Restore a backup into an empty store, after checking all of it',
    options: {
      from: { type: 'string', value: 'FOLDER', help: 'the backup' },
      'new-epoch': {
        type: 'boolean',
        help: 'go on although entries that were signed are not in it',
      },
      ...EPOCH,
      ...CONFIG,
    },
    notes: [
      'Put the keys folder and `last_signed` in place before. A backup older than what was signed is refused without --new-epoch.',
    ],
    load: async () => (await import('./commands/backup.ts')).restore,
  },
  {
    name: 'receipt get',
    summary: 'Fetch the receipt of an action',
    words: ['ACTION'],
    options: {
      out: { type: 'string', value: 'FILE', help: 'write it there instead of standard output' },
      disclose: { type: 'boolean', help: 'add the unmasked action, where you may see it' },
      ...IDENTITY,
    },
    load: async () => (await import('./commands/receipt.ts')).get,
  },
  {
    name: 'receipt verify',
    summary: 'Verify a receipt offline',
    words: ['FILE'],
    options: TRUST,
    load: async () => (await import('./commands/receipt.ts')).verify,
  },
  {
    name: 'completions',
    summary: 'Print a completion script',
    words: ['bash|zsh|fish'],
    options: {},
    examples: ['bash > /etc/bash_completion.d/countersign'],
    load: async () => (await import('./commands/completions.ts')).completions,
  },
  ...waiverCommands(IDENTITY),
  ...toolCommands(IDENTITY),
  ...channelCommands(IDENTITY),
  ...hookCommands(IDENTITY),
  ...mcpCommands(IDENTITY),
  ...databaseCommands(CONFIG),
];
