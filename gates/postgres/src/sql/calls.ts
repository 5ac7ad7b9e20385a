import type { FuncCall, Node } from 'libpg-query';
import type { FunctionClass } from '../catalog/catalog.ts';
import { alsoRisks, byItsName, RISK_OF, worse } from './functions.ts';
import { as, constantOf, qualified, textsOf } from './node.ts';
import { gap, type Notes } from './notes.ts';
import { mixed } from './parameters.ts';
import { NOTHING, type Flow } from './scope.ts';
import { riskOfCall } from './settings.ts';
import { NAMES_THINGS } from './types.ts';
import { each, type At } from './walk.ts';

/** Schema and name of what is called. */
export const calledOf = (
  call: FuncCall,
): { readonly schema: string | undefined; readonly name: string } =>
  qualified(textsOf(call.funcname));

/** A call: what its function may do, and what goes into it. */
export function callOf(call: FuncCall, at: At): Flow {
  const { schema, name } = calledOf(call);
  const { notes } = at.walk;
  const kind = notesFunction(notes, schema, name);
  if (name === 'set_config') setsByCall(notes, call.args ?? []);
  if (NAMES_THINGS.test(name)) notes.isLiteralSensitive = true;
  if (kind !== 'pure' && (call.args?.length ?? 0) > 0) notes.isLiteralSensitive = true;
  const args = each(call.args, at);
  each(call.agg_order, at);
  if (call.agg_filter) at.walk.expr(call.agg_filter, at.scope);
  if (call.over) at.walk.expr({ WindowDef: call.over }, at.scope);
  return args.length === 0 ? NOTHING : mixed(notes, args);
}

/** Notes that a function is called. */
export function notesFunction(
  notes: Notes,
  schema: string | undefined,
  name: string,
): FunctionClass {
  const kind = worse(classOf(notes, schema, name), byItsName(name));
  const full = schema === undefined || schema === 'pg_catalog' ? name : `${schema}.${name}`;
  notes.functions.set(full, kind);
  if (kind === 'pure') return kind;
  notes.isClean = false;
  const risk = RISK_OF[kind];
  if (kind === 'unknown') gap(notes, 'unknown-function', `function \`${full}\` is not known`);
  else if (risk) notes.risks.add(risk);
  if (kind === 'user') notes.elsewhere.add(`what function \`${full}\` does is not in the text`);
  const also = alsoRisks(name);
  if (also) notes.risks.add(also);
  return kind;
}

function classOf(notes: Notes, schema: string | undefined, name: string): FunctionClass {
  const kind = notes.catalog.functionClass(schema, name);
  if (kind !== 'unknown' || !notes.catalog.isOwnType(schema, name)) return kind;
  return 'pure'; // a cast that is written as a call
}

/** ATTACKER: a value that is not a constant would leave in `ParameterStatus`, and a name that is not could be any. */
function setsByCall(notes: Notes, args: readonly Node[]): void {
  const [name, value] = args.map((arg) => (as(arg, 'NamedArgExpr') ? undefined : constantOf(arg)));
  const risk =
    typeof name === 'string' && value !== undefined
      ? riskOfCall(name, value ?? undefined)
      : 'session-identity';
  if (risk) notes.risks.add(risk);
  if (notes.setting) notes.risks.add('setting');
  notes.setting = { name: (name ?? '').toLowerCase(), value: value ?? undefined };
}
