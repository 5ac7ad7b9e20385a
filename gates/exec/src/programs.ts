/** Programs whose input or `-c` text is shell code. */
export const isShell = (name: string): boolean =>
  /^(?:r?bash|sh|dash|ash|zsh|[mo]?ksh|ksh93|yash|posh|osh|fish|t?csh|nu|xonsh|elvish)(?:[\d.-]*|\.distrib|-static)$/.test(
    name,
  );

/** Shells whose text is not read as POSIX shell text: globs, brackets or words there may run code. */
export const isForeignShell = (name: string): boolean =>
  /^(?:zsh|fish|t?csh|nu|xonsh|elvish)/.test(name);

/** Programs that run code of another language. */
export const isInterpreter = (name: string): boolean =>
  /^(?:python|pypy|perl|ruby|irb|node|nodejs|deno|bun|tsx|ts-node|php|lua|luajit|Rscript|tclsh|expect|osascript|pwsh|powershell|groovy|scala|julia|gdb|ghci|swift|jshell|ipython|perl6|raku|guile|racket|sbcl|ocaml|erl|elixir|iex|octave|gnuplot|java|mono)(?:\d[\w.-]*)?$/.test(
    name,
  );

/** Flags after which an interpreter takes code or the name of code. */
export const CODE_FLAG: RegExp =
  /^-(?:[a-zA-Z]*[ceEmprR]|-eval|-print|-command|-execute|-require|-import|-exec|ex)(?:=|$)/;

/** Programs that run what a file of the project says. */
export const TASK_RUNNERS: ReadonlySet<string> = new Set(
  'make gmake ninja npm npx pnpm yarn just rake gradle gradlew mvn tox nox ansible ansible-playbook task invoke cargo go uv uvx bunx corepack pip pip3 pipx poetry pipenv conda bundle gem composer pytest jest vitest mocha cmake ctest bazel meson scons dotnet run-parts'.split(
    ' ',
  ),
);
export const CONTAINERS: ReadonlySet<string> = new Set(
  'docker podman nerdctl ctr crictl lxc kubectl oc docker-compose podman-remote buildah'.split(' '),
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

/** Short options and operands of known programs that make them run another program, load code or write a file. */
export const PROGRAM_OPTIONS: Readonly<Record<string, RegExp>> = {
  git: /^-[cxO]|^ext::|^(?:foreach|filter-branch|difftool|mergetool|config|send-email|bisect)$/,
  ssh: /^-[a-zA-Z0-9]*[oFS]/,
  scp: /^-[a-zA-Z0-9]*[oFSD]/,
  sftp: /^-[a-zA-Z0-9]*[oFSDb]/,
  rsync: /^-[a-zA-Z]*e/,
  tar: /^(?:-[a-zA-Z]*|[cdrtuxA][a-zA-Z]*)[IF]/,
  curl: /^-[a-zA-Z]*K/,
  wget: /^-[a-zA-Z]*e/,
  awk: /system|getline|[|@]|print[^;\n}]*>|^-[a-zA-Z]*f|^-[Eil]/,
  zip: /^-.*T/,
  hash: /^-p/,
  enable: /^-f/,
  mapfile: /^-[a-zA-Z]*C/,
  readarray: /^-[a-zA-Z]*C/,
  complete: /^-[a-zA-Z]*[CF]/,
  compgen: /^-[a-zA-Z]*[CF]/,
  bind: /^-[a-zA-Z]*[xf]/,
  strace: /^(?:-[a-zA-Z]*o|--output=)?[|!]/,
  nc: /^-[a-zA-Z]*[ec]/,
  ncat: /^-[a-zA-Z]*[ec]/,
  socat: /(?:exec|system|shell):/i,
  fd: /^-[a-zA-Z]*[xX]/,
  apt: /^-[oc]/,
  tcpdump: /^-[a-zA-Z]*z/,
  psql: /\\|\bprogram\b|^-[a-zA-Z]*f/i,
  mysql: /\\[!.]|\b(?:system|source)\b/i,
  sqlite3: /(?:^|\n)\s*\.|load_extension|^--?(?:init|cmd)/i,
  dc: /!|^-[a-z]*f/,
};

const names = (text: string): readonly string[] => text.split(' ');

/** Long options with the same power. Programs take them shortened, so every beginning of one counts. */
export const LONG_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  git: names(
    '--config-env --config --exec --upload-pack --receive-pack --ext-diff --extcmd --open-files-in-pager --tree-filter --smtp-server --template',
  ),
  rsync: names('--rsh --rsync-path'),
  tar: names(
    '--checkpoint-action --to-command --use-compress-program --rmt-command --rsh-command --info-script --new-volume-script',
  ),
  cpio: names('--rsh-command'),
  curl: names('--config'),
  wget: names('--execute --use-askpass --config'),
  awk: names('--file --exec --include --load'),
  sort: names('--compress-program'),
  split: names('--filter'),
  ncat: names('--exec --sh-exec --lua-exec'),
  rg: names('--pre --hostname-bin'),
  fd: names('--exec --exec-batch'),
  fzf: names('--preview --bind'),
  apt: names('--option --config-file'),
  psql: names('--file'),
  dc: names('--file'),
  rpm: names('--eval --define --pipe'),
};

/** Other names of programs in these tables. */
export const aliasOf = (program: string): string => {
  if (/(?:^|-)[gmn]?awk$/.test(program)) return 'awk';
  const alias = /^(?:(bsd|g)?tar|(fdfind)|(netcat|nc\..*)|(apt-.*|aptitude)|(mariadb))$/.exec(
    program,
  );
  if (!alias) return program;
  return alias[2] ? 'fd' : alias[3] ? 'nc' : alias[4] ? 'apt' : alias[5] ? 'mysql' : 'tar';
};

/** Programs that do not run what their words name. */
export const INERT: ReadonlySet<string> = new Set(
  names(
    'echo printf test [ : true false return exit shift set unset unalias export declare typeset local readonly read let ' +
      'ls cat tac head tail wc sort uniq cut tr cp mv ln chmod chown chgrp stat file touch mkdir rmdir tee du df diff cmp ' +
      'basename dirname realpath readlink md5sum sha256sum which type whereis whatis apropos hash man grep egrep fgrep rg ' +
      'ps pgrep pkill killall kill apt apt-get apt-cache dpkg yum dnf apk brew jq git aws gsutil systemctl service curl wget',
  ),
);

/** Programs that, named in the words of one we do not know, are taken to be run by it. */
export const isRunner = (word: string): boolean => {
  const name = word.slice(word.lastIndexOf('/') + 1);
  if (
    /^(?:rm|srm|shred|sudo|doas|su|ssh|xargs|busybox|toybox|chroot|nsenter|setsid|nohup|eval)$/.test(
      name,
    )
  )
    return true;
  return (
    isShell(name) ||
    (/\/s?bin\//.test(word) &&
      (isInterpreter(name) || Object.hasOwn(WRAPPERS, name) || name === 'find'))
  );
};

/** Environment variables that change which code runs. */
export const isCodeVariable = (name: string): boolean =>
  /^(?:LD_.*|DYLD_.*|IFS|BASH_ENV|ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|BASH_LOADABLES_PATH|KSH_ENV|ZDOTDIR|FPATH|(?:READ)?NULLCMD|PYTHON.*|NODE_(?:OPTIONS|PATH)|PERL.*|RUBY(?:LIB|OPT)|LUA_(?:INIT|PATH|CPATH).*|AWK(?:LIB)?PATH|J(?:AVA_TOOL|DK_JAVA)_OPTIONS|_?JAVA_OPT(?:ION)?S|CLASSPATH|GIT_.*|TAR_OPTIONS|RSYNC_RSH|MAKEFLAGS|GOFLAGS|RUSTC_WRAPPER|GCC_EXEC_PREFIX|COMPILER_PATH|OPENSSL_CONF|PSQLRC|HGRCPATH|WGETRC|CURL_HOME|RIPGREP_CONFIG_PATH|NPM_CONFIG_.*|XDG_CONFIG_.*|SUDO_(?:ASKPASS|EDITOR)|SYSTEMD_(?:EDITOR|PAGER)|FCEDIT|PAGER|MANPAGER|EDITOR|VISUAL|LESSOPEN|LESSCLOSE|BROWSER|SSH_ASKPASS|GCONV_PATH)$/.test(
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
