import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { passkeyText, verifyReceipt, type VerifiedReceipt } from '@countersign/verify';
import { nodePrimitives } from '@countersign/verify/node';
import { Failure, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { actionIdOf, openGateway } from '../gateway.ts';
import { field, plain, styleOf } from '../text.ts';
import { printJson, readTrusted } from '../trust.ts';

async function fetchReceipt(call: Call, isDisclosed: boolean): Promise<string> {
  const gateway = openGateway(identityOf(call, 'any'));
  return gateway.receipt(await actionIdOf(gateway, call.words[0] ?? ''), isDisclosed);
}

/** Fetches the receipt of an action. */
export const get: Run = async (call) => {
  const { io } = call;
  const text = await fetchReceipt(call, call.has('disclose'));
  const out = call.text('out');
  if (out === undefined) {
    io.out(call.has('json') ? `${JSON.stringify({ receipt: text })}\n` : text);
    return EXIT.done;
  }
  const file = resolve(io.cwd, out);
  writeFileSync(file, text, { mode: 0o600 });
  io.out(call.has('json') ? `${JSON.stringify({ file })}\n` : `${file}\n`);
  return EXIT.done;
};

/** Verifies a receipt offline. */
export const verify: Run = async (call) => check(call, readFile(call, call.words[0] ?? ''));

/** Fetches the proof of an action and verifies it. */
export const prove: Run = async (call) => check(call, await fetchReceipt(call, false));

async function check(call: Call, text: string): Promise<number> {
  const { io } = call;
  const verified = await verifyReceipt(text, await readTrusted(call), {
    primitives: nodePrimitives,
  });
  if (call.has('json')) printJson(io, verified);
  else if (verified.ok) io.out(`${styleOf(io).green('verified')}\n${linesOf(verified.value)}`);
  else io.err(`NOT VERIFIED (${verified.failure.code}): ${plain(verified.failure.message)}\n`);
  return verified.ok ? EXIT.done : EXIT.failed;
}

function readFile({ io }: Call, path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : resolve(io.cwd, path), 'utf8');
  } catch {
    throw new Failure('unreadable', `\`${path}\` cannot be read`, { exitCode: 2 });
  }
}

const glassOf = (glass: VerifiedReceipt['brokenGlass']): readonly string[] =>
  glass
    ? [
        field(
          'glass',
          plain(
            `BROKEN by ${glass.person} at ${at(glass.at)} (${glass.assurance}): "${glass.reason}"`,
          ),
          plain(glass.finding === undefined ? 'not reviewed' : `reviewed: ${glass.finding}`),
        ),
      ]
    : [];

const at = (ms: number): string => new Date(ms).toISOString();
const optional = (label: string, text: string | undefined): string =>
  text === undefined ? '' : field(label, plain(text));

function linesOf({ action, state, votes, confirmed, ...rest }: VerifiedReceipt): string {
  const { checkpoint, entries, verdict, policyDigest, redeemedBy, closedAs, checks } = rest;
  return [
    field(
      'action',
      plain(`${action.type} on ${action.resource.type}::${action.resource.id}`),
      action.id,
    ),
    field('agent', plain(`${action.agent}, owned by ${action.owner}`)),
    field('state', state),
    optional('verdict', verdict),
    ...votes.map(({ person, choice, assurance, at: ms, passkey }) =>
      field(
        'voted',
        plain(`${person}: ${choice} at ${at(ms)} (${assurance})`),
        ...(passkey ? [passkeyText(passkey)] : []),
      ),
    ),
    confirmed ? field('confirmed', plain(`${confirmed.person} at ${at(confirmed.at)}`)) : '',
    ...(rest.waivedBy ?? []).map(({ id, use, uses }) =>
      field(
        'waived',
        plain(`by ${id}, use ${use} of ${uses}: nobody approved it`),
        'whether it was in force is not checked',
      ),
    ),
    ...glassOf(rest.brokenGlass),
    optional('redeemed by', redeemedBy),
    optional('closed as', closedAs),
    optional('policy', policyDigest),
    field('ledger', plain(`${checkpoint.origin}, ${entries.length} entries of ${checkpoint.size}`)),
    field('disclosed', `action ${checks.action}, view ${checks.view}, grant ${checks.grant}`),
  ].join('');
}
