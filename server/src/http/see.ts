import { type ActionStatus, type BrokenGlass } from '@countersign/api';
import {
  isId,
  statusOf,
  toIso,
  type ActionId,
  type Answer,
  type Gatekeeper,
  type Parts,
  type Status,
} from '@countersign/core';
import type { Access } from '../config/config.ts';
import type { Caller } from './exchange.ts';
import { foldOf } from './folds.ts';
import { maySee, type Visible } from './rights.ts';

/** What looking at actions needs. */
export type Sight = {
  readonly parts: Parts;
  readonly gatekeeper: Gatekeeper;
  /** Rights by group, as configured now. */
  readonly access: () => Access;
};

/** Reads an action as it stands; undefined when there is none that the caller may see. */
export async function see(
  { parts, access }: Sight,
  caller: Caller,
  id: string,
): Promise<Visible | undefined> {
  if (!isId('act', id)) return undefined;
  const approval = foldOf(await parts.store.read(id));
  if (!approval) return undefined;
  const now = { directory: parts.directory(), access: access() };
  return maySee(caller, approval, now) ? approval : undefined;
}

/** Where an action stands, for one caller; with its grant, unless the caller is a person. */
export async function seeStatus(
  sight: Sight,
  caller: Caller,
  id: string,
): Promise<ActionStatus | undefined> {
  const approval = await see(sight, caller, id);
  const status = approval && statusOf(approval);
  if (!status) return undefined;
  const isReady = approval.state === 'allowed' || approval.state === 'approved';
  if (!isReady || caller.kind === 'person') return publicStatus(status);
  // read again with its grant: both are of one moment
  const answer = await sight.gatekeeper.answer(status.id);
  return answer ? toldTo(caller, answer) : publicStatus(status);
}

/** An answer as its reader may have it: a grant travels with the action, to its agent and its executor, never to people. */
export function toldTo({ kind }: Caller, { status, grant }: Answer): ActionStatus {
  const isFor = grant !== undefined && (kind === 'agent' || kind === 'executor');
  return isFor ? { ...publicStatus(status), grant } : publicStatus(status);
}

/** A status with its times as RFC 3339. */
export function publicStatus(status: Status): ActionStatus {
  const { createdAt, expiresAt, useBy, retryAt, brokenGlass, ...rest } = status;
  return {
    ...rest,
    createdAt: toIso(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: toIso(expiresAt) }),
    ...(useBy === undefined ? {} : { useBy: toIso(useBy) }),
    ...(retryAt === undefined ? {} : { retryAt: toIso(retryAt) }),
    ...(brokenGlass ? { brokenGlass: publicGlass(brokenGlass) } : {}),
  };
}

/** A broken glass with its times as RFC 3339. */
export const publicGlass = (glass: NonNullable<Status['brokenGlass']>): BrokenGlass => ({
  ...glass,
  at: toIso(glass.at),
  reviewBy: toIso(glass.reviewBy),
});

/** The action of an approval's id. */
export const actionOf = async (
  { parts }: Sight,
  approvalId: string,
): Promise<ActionId | undefined> =>
  isId('apr', approvalId) ? parts.store.byApproval(approvalId) : undefined;
