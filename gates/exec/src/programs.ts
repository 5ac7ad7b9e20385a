/** Programs whose input or `-c` text is shell code. */
export const isShell = (name: string): boolean =>
  /^(?:r?bash|sh|dash|ash|zsh|[mo]?ksh|ksh93|fish|t?csh)$/.test(name);

/** Programs that run code of another language. */
export const isInterpreter = (name: string): boolean =>
  /^(?:python|pypy|perl|ruby|irb|node|nodejs|deno|bun|tsx|ts-node|php|lua|luajit|Rscript|tclsh|expect|osascript|pwsh|powershell|groovy|scala|julia|gdb|ghci|swift|jshell)[\d.]*$/.test(
    name,
  );

/** Flags after which an interpreter takes code or the name of code. */
export const CODE_FLAG: RegExp =
  /^-(?:[a-zA-Z]*[ceEmprR]|-eval|-print|-command|-execute|-require|-import|-exec|ex)(?:=|$)/;

/** Programs that run what a file of the project says. */
export const TASK_RUNNERS: ReadonlySet<string> = new Set(
  'make gmake ninja npm npx pnpm yarn just rake gradle gradlew mvn tox nox ansible ansible-playbook task invoke cargo go'.split(
    ' ',
  ),
);
export const CONTAINERS: ReadonlySet<string> = new Set(
  'docker podman nerdctl ctr crictl lxc kubectl oc'.split(' '),
);
export const EDITORS: ReadonlySet<string> = new Set(
  'vi vim nvim view ex ed emacs nano less more man'.split(' '),
);
/** Programs that read a list of commands from standard input and run it. */
export const RUNS_STDIN: ReadonlySet<string> = new Set('at batch crontab parallel'.split(' '));
/** Programs whose every operand is a file. */
export const FILE_PROGRAMS: ReadonlySet<string> = new Set(
  'rm rmdir unlink shred mv cp ln chmod chown chgrp cat head tail touch truncate tee mkdir install ls find wipefs srm'.split(
    ' ',
  ),
);
/** Builtins that set the variables they name. */
export const SETTERS: ReadonlySet<string> = new Set(
  'export declare typeset local readonly read printf mapfile readarray getopts unset let'.split(
    ' ',
  ),
);

/** Options of known programs that make them run another program or load code. */
export const PROGRAM_OPTIONS: Readonly<Record<string, RegExp>> = {
  git: /^(?:-c.*|--config-env.*|--exec-path=.*|--upload-pack.*|--receive-pack.*|--ext-diff|--exec.*|-x)$|^ext::/,
  ssh: /^-[oFS]|^-o$/,
  scp: /^-[oFS]/,
  sftp: /^-[oFS]/,
  rsync: /^(?:-[a-zA-Z]*e.*|--rsh.*|--rsync-path.*)$/,
  tar: /^(?:-[a-zA-Z]*[IF].*|--checkpoint-action.*|--to-command.*|--use-compress-program.*|--r(?:mt|sh)-command.*|--info-script.*|--new-volume-script.*)$/,
  curl: /^(?:-K.*|--config.*)$/,
  wget: /^(?:-e.*|--execute.*|--use-askpass.*|--config.*)$/,
  sed: /(?:^|[;{}\s\d$/])e(?:\s|$)|[/|#,][gpiIm\d]*e[gpiIm\d]*(?:;|$)|^-[a-zA-Z]*f$|^--file/,
  awk: /system|getline|\||^-[a-zA-Z]*f|^--file|@load/,
  zip: /^-.*T/,
  sort: /^--compress-program/,
  hash: /^-p/,
  enable: /^-f/,
};

/** Environment variables that change which code runs. */
export const isCodeVariable = (name: string): boolean =>
  /^(?:LD_.*|DYLD_.*|IFS|BASH_ENV|ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|PYTHON(?:PATH|STARTUP|HOME|BREAKPOINT)|NODE_(?:OPTIONS|PATH)|PERL5(?:LIB|OPT|DB)|RUBY(?:LIB|OPT)|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|GIT_(?:SSH.*|EXEC_PATH|CONFIG.*|EXTERNAL_DIFF|PAGER|EDITOR|ASKPASS|PROXY_COMMAND|DIR)|PAGER|MANPAGER|EDITOR|VISUAL|LESSOPEN|LESSCLOSE|BROWSER|SSH_ASKPASS|GCONV_PATH)$/.test(
    name,
  );

/** Those, and the ones that change where commands come from or whom they act as. */
export const isDoubtfulVariable = (name: string): boolean =>
  isCodeVariable(name) ||
  /^(?:PATH|CDPATH|HOME|KUBECONFIG|AWS_.*|DOCKER_HOST|GOOGLE_APPLICATION_CREDENTIALS)$/.test(name);

/** How a program that runs another program takes its options. */
export type Wrapper = {
  /** Short options that take a value. */
  readonly short: string;
  /** Long options that take a value as the next word. */
  readonly long: readonly string[];
  /** Short options that take none. Any other option is not known, and may swallow the command's name. */
  readonly plain: string;
  /** Words before the command that belong to the wrapper. */
  readonly operands: number;
  /** `NAME=value` words may stand before the command. */
  readonly assignments: boolean;
  /** The options that name a working folder. */
  readonly folder: readonly string[];
  /** The words are joined and given to a shell. */
  readonly isShellText: boolean;
};

const wrapper = (short = '', long = '', rest: Partial<Wrapper> = {}): Wrapper => ({
  short,
  long: long.split(' '),
  plain: '',
  operands: 0,
  assignments: false,
  folder: [],
  isShellText: false,
  ...rest,
});

/** Long options of wrappers that take no value. */
export const PLAIN_LONG: ReadonlySet<string> = new Set(
  (
    '--ignore-environment --null --debug --preserve-env --non-interactive --stdin --login --shell --set-home --background ' +
    '--reset-timestamp --remove-timestamp --foreground --preserve-status --verbose --portability --append --quiet --ctty --fork ' +
    '--wait --no-run-if-empty --interactive --exit --open-tty --ignore --differences --no-title --beep --errexit --chgexit ' +
    '--color --precise --exec --mount --uts --ipc --net --pid --user --cgroup --time --map-root-user --map-current-user ' +
    '--keep-caps --mount-proc --all --no-fork --shared --exclusive --unlock --nonblock --close --help --version --scope --pty ' +
    '--pipe --collect --no-block --skip-chdir --pidfd --reset-env --init-groups --clear-groups --keep-groups --no-new-privs'
  ).split(' '),
);

/** Programs that run the command given in their own arguments. */
export const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  env: wrapper('uCSPa', '--unset --chdir --split-string --argv0', {
    plain: 'i0v',
    assignments: true,
    folder: ['-C', '--chdir'],
  }),
  sudo: wrapper(
    'ughpCcrtTUDRa',
    '--user --group --host --prompt --close-from --role --type --other-user --chdir --chroot --command-timeout',
    { plain: 'EHnSkKbABPislvV', assignments: true, folder: ['-D', '--chdir'] },
  ),
  doas: wrapper('uCa', '', { plain: 'nsL' }),
  pkexec: wrapper('', '--user'),
  runuser: wrapper('ugG', '--user --group --supp-group', { plain: 'lmpfP' }),
  nohup: wrapper(),
  nice: wrapper('n', '--adjustment', { plain: '0123456789' }),
  ionice: wrapper('cnpPu', '--class --classdata --pid --pgid --uid', { plain: 't' }),
  chrt: wrapper('TPD', '--sched-runtime --sched-period --sched-deadline', {
    plain: 'abdfioprRmv',
    operands: 1,
  }),
  taskset: wrapper('', '', { plain: 'acp', operands: 1 }),
  timeout: wrapper('ks', '--kill-after --signal', { plain: 'fpv', operands: 1 }),
  time: wrapper('fo', '--format --output', { plain: 'apvq' }),
  stdbuf: wrapper('ioe', '--input --output --error'),
  setsid: wrapper('', '', { plain: 'cfw' }),
  setpriv: wrapper(
    '',
    '--reuid --regid --groups --inh-caps --bounding-set --ambient-caps --securebits --selinux-label --apparmor-profile',
  ),
  strace: wrapper('abeIoOpPsSuUX', '--trace --output --user --env', {
    plain: 'fcCqtrvxyizkFdDhTVw',
  }),
  ltrace: wrapper('aADeFlnopsuwx', '--output --library', { plain: 'fcCtrSiL' }),
  command: wrapper('', '', { plain: 'pvV' }),
  builtin: wrapper(),
  exec: wrapper('a', '', { plain: 'cl' }),
  xargs: wrapper(
    'adEILnPs',
    '--arg-file --delimiter --max-args --max-procs --max-chars --max-lines --replace --process-slot-var',
    { plain: '0rtpxo' },
  ),
  watch: wrapper('nqs', '--interval --equexit --shotsdir', {
    plain: 'dtbegcpxrwC',
    isShellText: true,
  }),
  chroot: wrapper('', '', { operands: 1 }),
  unshare: wrapper(
    'SGRwl',
    '--setuid --setgid --root --wd --propagation --setgroups --map-users --map-groups --monotonic --boottime',
    { plain: 'muinpUCTfrc', folder: ['-w', '--wd'] },
  ),
  nsenter: wrapper('tSG', '--target --setuid --setgid', { plain: 'muinpUCTraFZe' }),
  flock: wrapper('wEF', '--timeout --conflict-exit-code', { plain: 'sxeunov', operands: 1 }),
  'systemd-run': wrapper(
    'uptMHG',
    '--unit --property --description --slice --uid --gid --setenv --working-directory --machine --host',
    { plain: 'dqrGtPS' },
  ),
  busybox: wrapper(),
  toybox: wrapper(),
  script: wrapper(
    'EIOBTmo',
    '--echo --log-in --log-out --log-io --log-timing --logging-format --output-limit',
    { plain: 'aefqc', operands: 1 },
  ),
  ssh: wrapper('BbcDEeFIiJLlmOopQRSWw', '', {
    plain: '46AaCfGgKkMNnqsTtVvXxYy',
    operands: 1,
    isShellText: true,
  }),
};
