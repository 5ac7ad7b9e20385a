import { createHash, randomUUID } from 'node:crypto';
import type { Json } from '@countersign/core';
import {
  canonical,
  isMembers,
  type HookEvent,
  type Members,
  type Rewrites,
  type Verdict,
} from './event.ts';
import type { Memory } from './memory.ts';
import type { Input } from './reading.ts';
import { kindOf, SAID_MEMBERS } from './tools.ts';
import { whyNot } from './words.ts';

/** Where an action stands, as far as this gate needs to know. */
export type HookStatus = {
  readonly id: string;
  readonly state: string;
  readonly verdict?: string;
  readonly approvalId?: string;
  readonly reasons: readonly string[];
  readonly reviewerNote?: string;
  readonly retry?: string;
  readonly successor?: string;
  readonly waivedBy?: readonly string[];
  readonly grant?: string;
};

/** The way to a gateway: a client of `@countersign/sdk` is one as it is. Whatever throws released nothing. */
export type HookClient = {
  readonly propose: (
    proposal: {
      readonly type: string;
      readonly resource: { readonly type: string; readonly id: string };
      readonly arguments: { readonly [name: string]: unknown };
      readonly claim?: string;
      readonly onBehalfOf?: string;
      readonly session?: { readonly id: string };
      readonly rejoins?: boolean;
    },
    options: { readonly key: string },
  ) => Promise<HookStatus>;
  readonly wait: (id: string, waiting: { readonly timeoutMs: number }) => Promise<HookStatus>;
  readonly redeem: (
    grant: string,
  ) => Promise<{ readonly actionId: string; readonly arguments: unknown }>;
  readonly report: (
    id: string,
    report: {
      readonly outcome: 'executed' | 'failed';
      readonly summary?: string;
      readonly resultDigest?: string;
    },
  ) => Promise<unknown>;
};

/** What a decision is made with. */
export type HookParts = {
  readonly client: HookClient;
  readonly memory: Memory;
  /** Id of the `Host` resource tools are used on. */
  readonly hostname: string;
  readonly onBehalfOf?: string;
  /** Longest wait, already below the host's own. */
  readonly holdMs: number;
  /** Ends a headless call to be resumed, instead of denying it, when nobody answered. */
  readonly defers: boolean;
  readonly rewrites: Rewrites;
};

const MOST_EDITS = 5;

/** Whether a tool may be used: judged, waited for, and redeemed before there is an allow. Throws where nobody could be asked. */
export async function decide(parts: HookParts, event: HookEvent): Promise<Verdict> {
  const { said, input } = apart(event);
  const endsAt = Date.now() + parts.holdMs;
  let status = await parts.client.propose(proposalOf(parts, event, { said, input }), {
    key: keyOf(event),
  });
  if (isSecondLook(event) && parts.memory.find(event) === status.id) return { is: 'pass' };
  for (let edits = 0; edits < MOST_EDITS; edits++) {
    const timeoutMs = Math.max(0, endsAt - Date.now());
    if (status.state === 'pending') status = await parts.client.wait(status.id, { timeoutMs });
    // what a reviewer made of it is an action of its own, and waits for its own yes
    if (status.state !== 'superseded' || status.successor === undefined) break;
    if (parts.rewrites === 'never') break;
    status = await parts.client.wait(status.successor, { timeoutMs });
  }
  if (status.grant === undefined) return notReleased(parts, event, status);
  return release(parts, event, { status, grant: status.grant, said, input });
}

/** `PermissionRequest` after `PreToolUse`, `before…` after `preToolUse`: the call that was released already, by its id. */
const isSecondLook = ({ kind, host, name, callId }: HookEvent): boolean =>
  callId !== undefined &&
  (kind === 'permission' || (host === 'cursor' && name.startsWith('before')));

/** INVARIANT: one id of a call is one action, however often its event fires. */
function keyOf({ host, session, callId }: HookEvent): string {
  const key = callId === undefined ? `${host}:${randomUUID()}` : `${host}:${session}:${callId}`;
  return /^[\x21-\x7e]{1,255}$/.test(key)
    ? key
    : `${host}:${createHash('sha256').update(key).digest('hex')}`;
}

const isSaid = ([name, value]: [string, Json]): boolean =>
  SAID_MEMBERS.includes(name) && typeof value === 'string';

type Parted = { readonly said: Members; readonly input: Input };

/** What the agent says of a command stands apart: rewording it is no other action. */
function apart({ host, tool, input }: HookEvent): Parted {
  if (kindOf(host, tool) !== 'shell') return { said: {}, input };
  const all = Object.entries(input);
  return {
    said: Object.fromEntries(all.filter(isSaid)),
    input: Object.fromEntries(all.filter((one) => !isSaid(one))),
  };
}

const MOST_SAID = 10_000;

function proposalOf(
  { hostname, onBehalfOf }: HookParts,
  { host: program, tool, cwd, session }: HookEvent,
  { said, input }: Parted,
): Parameters<HookClient['propose']>[0] {
  const claim = Object.values(said)
    .filter((text) => typeof text === 'string')
    .join('\n')
    .slice(0, MOST_SAID)
    .toWellFormed();
  return {
    type: 'hook.tool-use',
    resource: { type: 'Host', id: hostname },
    arguments: { program, tool, input, cwd },
    session: { id: session.length <= 256 ? session : hashOf(session) },
    rejoins: true,
    ...(claim === '' ? {} : { claim }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
  };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function notReleased({ memory, defers }: HookParts, event: HookEvent, status: HookStatus): Verdict {
  const why = whyNot(status);
  if (!defers || status.state !== 'pending' || event.kind !== 'before') return { is: 'deny', why };
  const { id: actionId, approvalId } = status;
  memory.defer({
    session: event.session,
    cwd: event.cwd,
    actionId,
    at: new Date().toISOString(),
    ...(approvalId === undefined ? {} : { approvalId }),
  });
  return { is: 'defer', why };
}

type Granted = Parted & { readonly status: HookStatus; readonly grant: string };

/** R3, R4: the grant is spent first; what comes back, and nothing else, is what the host may run. */
async function release(
  { client, memory, rewrites }: HookParts,
  event: HookEvent,
  { status, grant, said, input }: Granted,
): Promise<Verdict> {
  const released = await client.redeem(grant);
  const stored = storedFor(event, released.arguments);
  const isSame = stored !== undefined && canonical(stored) === canonical(input);
  const isRunAsStored = isSame || (stored !== undefined && takes(rewrites, input, stored));
  if (!stored || released.actionId !== status.id || !isRunAsStored) {
    const summary = 'not started: the host cannot be given the arguments that were approved';
    await client.report(released.actionId, { outcome: 'failed', summary }).catch(() => undefined);
    return { is: 'deny', why: `NOT EXECUTED: ${summary}` };
  }
  const allowed = { ...said, ...stored };
  // what the host tells afterwards is what ran, not what it asked for
  memory.begin({ ...event, input: allowed }, released.actionId);
  if (isSame && !byPeople(status)) return { is: 'pass' };
  const why = `Released by Countersign as ${status.approvalId ?? status.id}`;
  return { is: 'allow', why, input: allowed };
}

/** Whether the host's tool will get exactly what is stored, when it is given back. */
function takes(rewrites: Rewrites, input: Input, stored: Input): boolean {
  if (typeof rewrites === 'string' && rewrites !== 'merges') return rewrites === 'replaces';
  const isKept = Object.keys(input).every((name) => Object.hasOwn(stored, name));
  if (!isKept || rewrites === 'merges') return isKept;
  const isSame = (name: string): boolean =>
    Object.hasOwn(input, name) &&
    canonical(input[name] ?? null) === canonical(stored[name] ?? null);
  return Object.keys(stored).every(
    (name) => isSame(name) || (rewrites.includes(name) && typeof stored[name] === 'string'),
  );
}

const byPeople = ({ verdict, waivedBy }: HookStatus): boolean =>
  verdict === 'review' && (waivedBy ?? []).length === 0;

/** The tool's arguments in what was released; undefined where they are for another tool, agent or folder. */
function storedFor({ host, tool, cwd }: HookEvent, given: unknown): Input | undefined {
  if (!isMembers(given)) return undefined;
  const { input } = given;
  const isFor = given['program'] === host && given['tool'] === tool && given['cwd'] === cwd;
  return isFor && isMembers(input) ? input : undefined;
}
