import type { Host } from './host.ts';

/** What a host's own tool does, as far as its name says. `own`: touches nothing but the agent itself. */
export type Kind = 'shell' | 'write' | 'read' | 'fetch' | 'search' | 'own' | 'mcp' | 'other';

const words = (text: string): readonly string[] => text.split(' ');
const kinds = (table: Partial<Record<Kind, string>>): ReadonlyMap<string, Kind> =>
  new Map(
    Object.entries(table).flatMap(([kind, names]) =>
      words(names).map((name) => [name, kind as Kind] as const),
    ),
  );

/** Tools by host. What is not here is `other`: nobody knows what it does. */
const TOOLS: Readonly<Record<Host, ReadonlyMap<string, Kind>>> = {
  'claude-code': kinds({
    shell: 'Bash',
    write: 'Write Edit MultiEdit NotebookEdit',
    read: 'Read Glob Grep LS NotebookRead',
    fetch: 'WebFetch',
    search: 'WebSearch',
    own: 'Agent Task TodoRead TodoWrite TaskCreate TaskUpdate TaskList TaskGet TaskOutput TaskStop BashOutput KillShell KillBash EnterPlanMode ExitPlanMode AskUserQuestion ToolSearch',
  }),
  codex: kinds({
    shell: 'Bash shell shell_command local_shell exec_command',
    write: 'apply_patch Write Edit',
    read: 'view_image read_file list_dir grep_files',
    search: 'web_search',
    own: 'update_plan request_user_input spawn_agent wait close_agent',
  }),
  gemini: kinds({
    shell: 'run_shell_command',
    write: 'write_file replace',
    read: 'read_file read_many_files list_directory glob search_file_content grep_search',
    fetch: 'web_fetch',
    search: 'google_web_search',
    own: 'write_todos ask_user enter_plan_mode exit_plan_mode update_topic invoke_agent activate_skill list_background_processes read_background_output complete_task',
  }),
  cursor: kinds({
    shell: 'Shell run_terminal_cmd',
    write: 'Write StrReplace Edit Delete EditNotebook',
    read: 'Read Grep Glob LS List ReadFile ReadLints',
    fetch: 'WebFetch Fetch',
    search: 'WebSearch',
    own: 'Task TodoWrite AskQuestion',
  }),
  copilot: kinds({
    shell: 'bash shell',
    write: 'create edit str_replace_editor apply_patch',
    read: 'view grep glob rg',
    fetch: 'web_fetch',
    search: 'web_search',
    own: 'report_intent task update_todo read_bash stop_bash list_bash ask_user read_agent list_agents write_agent skill sql fetch_copilot_cli_documentation',
  }),
};

const MCP: Readonly<Record<Host, RegExp>> = {
  'claude-code': /^mcp__/,
  codex: /^mcp__/,
  gemini: /^mcp_/,
  cursor: /^MCP:/i,
  copilot: /^[\w.-]+[-/][\w.-]+$/,
};

/** What a tool of a host does. */
export const kindOf = (host: Host, tool: string): Kind =>
  TOOLS[host].get(tool) ?? (MCP[host].test(tool) ? 'mcp' : 'other');

/** The tool that runs commands, as a probe names it. */
export const SHELL_TOOL: Readonly<Record<Host, string>> = {
  'claude-code': 'Bash',
  codex: 'Bash',
  gemini: 'run_shell_command',
  cursor: 'Shell',
  copilot: 'bash',
};

/** The command that `doctor` asks for and the gateway always refuses, whatever policy says. */
export const CANARY = 'countersign-canary --must-be-blocked';

/** Members of a shell tool that hold its command. */
export const COMMAND_MEMBERS: readonly string[] = ['command', 'cmd'];

/** Members in which the agent says what it does: words, not part of what runs. */
export const SAID_MEMBERS: readonly string[] = ['description', 'explanation', 'justification'];
