import { runPolicyTests } from '@countersign/policy';
import type { Call, Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { faultText, ofPolicies, type Fault } from '../fault.ts';
import { inspect, type Inspection } from '../inspection.ts';
import { plain, styleOf } from '../text.ts';

/** Checks policies, action types and configuration as strictly as the gateway does. */
export const check: Run = async (call) => {
  const { io } = call;
  const inspected = await inspect(call, call.words[0]);
  const faults = faultsOf(inspected);
  const { set, groups } = inspected;
  if (!set || faults.some(isError)) return refused(call, faults);
  for (const fault of faults) io.err(`note: ${faultText(fault)}`);
  const { digest, policies, gitCommit } = set;
  const kinds = Object.entries(Object.groupBy(policies, ({ kind }) => kind)).map(
    ([kind, members]) => `${members.length} ${kind}`,
  );
  if (call.has('json'))
    io.out(
      `${JSON.stringify({ ok: true, digest, gitCommit, policies: policies.length, groupsChecked: groups !== undefined, warnings: faults })}\n`,
    );
  else
    io.out(
      `${policies.length} policies in order (${kinds.join(', ')})\n  digest ${digest}${gitCommit === undefined ? '' : `\n  commit ${gitCommit}`}\n  groups ${groups ? `checked with ${plain(inspected.configPath)}` : 'NOT checked: no configuration says which there are'}\n`,
    );
  return EXIT.done;
};

/** Runs the tests of a policy folder. */
export const test: Run = async (call) => {
  const { io } = call;
  const inspected = await inspect(call, call.words[0]);
  const { folder, groups } = inspected;
  const faults = faultsOf(inspected);
  if (faults.some(isError)) return refused(call, faults);
  const ran = await runPolicyTests(folder, groups ? { groups } : {});
  if (!ran.ok)
    return refused(
      call,
      ran.error.map((problem) => ofPolicies(io, folder, problem)),
    );
  const { tests, unmatched } = ran.value;
  const failed = tests.filter(({ failures }) => failures.length > 0);
  if (call.has('json'))
    io.out(`${JSON.stringify({ ok: failed.length === 0, tests, unmatched })}\n`);
  else {
    const { red } = styleOf(io);
    for (const { file, name, failures } of failed)
      io.out(
        `${red('failed')} ${plain(`${file}: ${name}`)}\n${failures.map((line) => `    ${plain(line)}\n`).join('')}`,
      );
    io.out(`${tests.length - failed.length} of ${tests.length} tests passed\n`);
    if (tests.length === 0)
      io.err(
        `there are no tests in ${plain(folder)}/tests; the format is in docs/guides/policy.md\n`,
      );
    if (unmatched.length > 0) io.out(`no test meets: ${unmatched.map(plain).join(', ')}\n`);
  }
  return failed.length === 0 && tests.length > 0 ? EXIT.done : EXIT.failed;
};

/** Tokens lie where the gateway runs: without them a pipeline still checks everything else. */
const OF_SECRETS = new Set(['secret-missing', 'secret-exposed', 'secret-failed', 'bad-token']);

const isError = ({ severity }: Fault): boolean => severity === 'error';

function faultsOf({
  ofConfig,
  ofTypes,
  ofRouting,
  ofClasses,
  ofPolicies: rest,
}: Inspection): readonly Fault[] {
  const isHere = ofConfig.some((fault) => isError(fault) && !OF_SECRETS.has(fault.code));
  const ofTheirs = isHere
    ? ofConfig
    : ofConfig.map((fault) => ({ ...fault, severity: 'warning' as const }));
  return [...ofTheirs, ...ofTypes, ...ofRouting, ...ofClasses, ...rest];
}

function refused({ io, has }: Call, problems: readonly Fault[]): number {
  if (has('json')) io.out(`${JSON.stringify({ ok: false, problems })}\n`);
  else for (const problem of problems) io.err(faultText(problem));
  return EXIT.failed;
}
