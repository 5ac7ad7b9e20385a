import type { Node } from 'libpg-query';
import { calledOf } from './calls.ts';
import { starOf } from './expressions.ts';
import { as, textsOf } from './node.ts';
import { itemCalled, outputsOf, type Flow, type Output } from './scope.ts';
import { calledAfter } from './types.ts';
import type { At } from './walk.ts';

type Target = { readonly outputs: readonly Output[]; readonly isOpen: boolean };

/** Columns of one target of a SELECT or RETURNING. */
export function targetOf(node: Node, at: At): Target {
  const target = as(node, 'ResTarget');
  const fields = as(target?.val, 'ColumnRef')?.fields;
  if (fields && as(fields.at(-1), 'A_Star')) return starTarget(textsOf(fields), at);
  const flow = at.walk.expr(target?.val, at.scope);
  const isExpanded = as(target?.val, 'A_Indirection')?.indirection?.some((one) =>
    as(one, 'A_Star'),
  );
  const name = target?.name ?? figuredName(target?.val);
  return {
    outputs: [{ name, flow }],
    isOpen: isExpanded !== undefined || (name === undefined && target?.val !== undefined),
  };
}

function starTarget(names: readonly string[], at: At): Target {
  const flow: Flow = starOf(names, at);
  const named = itemCalled(at.scope, names.at(-2), names.at(-1) ?? '');
  const items =
    names.length === 0
      ? at.scope.items.filter((item) => item.isHidden !== true)
      : named
        ? [named]
        : [];
  const outputs = items.flatMap(outputsOf);
  const isKnown = items.length > 0 && items.every((item) => item.derived?.isOpen !== true);
  return { outputs: isKnown ? outputs : [...outputs, { name: undefined, flow }], isOpen: !isKnown };
}

/** What a column without a name is called, where that is certain. */
function figuredName(node: Node | undefined): string | undefined {
  const fields = as(node, 'ColumnRef')?.fields ?? as(node, 'A_Indirection')?.indirection;
  if (fields) return textsOf(fields).at(-1);
  const call = as(node, 'FuncCall');
  if (call) return calledOf(call).name;
  const cast = as(node, 'TypeCast');
  if (cast) return figuredName(cast.arg) ?? calledAfter(cast.typeName);
  const collated = as(node, 'CollateClause');
  if (collated) return figuredName(collated.arg);
  if (as(node, 'CoalesceExpr')) return 'coalesce';
  return as(node, 'CaseExpr') && 'case';
}
