import { parseJson, type Json } from '@countersign/core';
import type { Estimate } from '../house.ts';

type Members = { readonly [name: string]: Json };
const membersOf = (value: Json | undefined): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Members)
    : undefined;
const numberOf = (value: Json | undefined): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;

/** Deeper plans are cut; nobody reads them anyway. */
const DEEPEST = 200;

/** What a plan says of rows and cost; undefined where it is none. Of several writes in it the largest counts. */
export function estimateIn(plan: string): Estimate | undefined {
  const parsed = parseJson(plan, DEEPEST * 2);
  const [first] = parsed.ok && Array.isArray(parsed.value) ? (parsed.value as readonly Json[]) : [];
  const top = membersOf(membersOf(first)?.['Plan']);
  if (!top) return undefined;
  return { rows: Math.ceil(rowsOf(top, 0)), cost: numberOf(top['Total Cost']) };
}

/** A node that changes rows says how many it returns, so its children tell how many it changes. */
function rowsOf(node: Members, depth: number): number {
  const children = Array.isArray(node['Plans']) ? (node['Plans'] as readonly Json[]) : [];
  const nodes = children.map(membersOf).filter((one) => one !== undefined);
  const isWrite = node['Node Type'] === 'ModifyTable';
  const own = isWrite
    ? nodes.reduce((sum, one) => sum + (isInit(one) ? 0 : numberOf(one['Plan Rows'])), 0)
    : depth === 0
      ? numberOf(node['Plan Rows'])
      : 0;
  if (depth >= DEEPEST) return own;
  return nodes.reduce((most, one) => Math.max(most, rowsOf(one, depth + 1)), own);
}

const isInit = (node: Members): boolean => node['Parent Relationship'] === 'InitPlan';
