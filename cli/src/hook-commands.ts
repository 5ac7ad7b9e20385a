import type { Command, Options } from './command.ts';

const HOST_NOTE =
  'HOST is claude-code, codex, gemini, cursor or copilot; none named: those that are on this machine.';
const SCOPE: Options = {
  project: { type: 'boolean', help: 'for the project in this folder, not for all of this user' },
};

/** What puts coding agents' own tools behind the gateway. */
export const hookCommands = (identity: Options): readonly Command[] => [
  {
    name: 'hook',
    summary: "Answer one event of a coding agent's hooks, in its own words and exit codes",
    words: ['claude-code|codex|gemini|cursor|copilot'],
    options: {
      config: { type: 'string', value: 'FILE', help: 'hook.json, as `hook install` wrote it' },
      timeout: { type: 'string', value: 'SECONDS', help: 'when the host stops waiting' },
      event: { type: 'string', value: 'NAME', help: 'the event, where the host does not say it' },
      defer: { type: 'boolean', help: 'Claude Code: end a headless call, to be resumed' },
    },
    notes: [
      'Hosts start this; it reads one event from standard input and ends with 0 or 2, whatever happens.',
    ],
    load: async () => (await import('./commands/hook.ts')).answer,
  },
  {
    name: 'hook install',
    summary: 'Hook into coding agents: every use of their tools asks first',
    words: ['[HOST…]'],
    options: {
      ...SCOPE,
      host: {
        type: 'string',
        value: 'NAME',
        help: 'the Host resource; default: this machine’s name',
      },
      hold: {
        type: 'string',
        value: 'TIME',
        help: 'how long a call waits for people; default: 10m',
      },
      mask: {
        type: 'string',
        choices: ['secrets', 'all', 'none'],
        help: 'what of results the agent does not get to see; default: secrets',
      },
      'on-behalf-of': { type: 'string', value: 'PERSON', help: 'the person the agent acts for' },
      defer: { type: 'boolean', help: 'Claude Code: headless calls end while people decide' },
      ...identity,
    },
    notes: [
      HOST_NOTE,
      'The credential is kept in your own folder; nothing of a project decides where a hook asks.',
      'What was in the files before is kept, and `hook uninstall` brings it back.',
    ],
    examples: ['claude-code --as laptop-bot', 'codex gemini --project'],
    load: async () => (await import('./commands/hook.ts')).installHooks,
  },
  {
    name: 'hook uninstall',
    summary: 'Take the hooks out again',
    words: ['[HOST…]'],
    options: SCOPE,
    notes: [HOST_NOTE],
    load: async () => (await import('./commands/hook.ts')).uninstallHooks,
  },
  {
    name: 'hook resume',
    summary: 'Go on with a headless Claude Code call that ended to wait for people',
    words: ['[SESSION]'],
    options: {
      timeout: { type: 'string', value: 'TIME', help: 'stop waiting after this long' },
      program: { type: 'string', value: 'FILE', help: 'default: claude' },
      arg: { type: 'string', multiple: true, value: 'TEXT', help: 'one more argument for it' },
      ...identity,
    },
    notes: [
      'It runs `claude -p --resume SESSION` where the call was made, and exits as that does.',
    ],
    examples: ['--arg=--output-format --arg=json'],
    load: async () => (await import('./commands/hook-resume.ts')).resume,
  },
];
