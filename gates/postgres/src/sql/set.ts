import type { VariableSetStmt } from 'libpg-query';
import { as, constantOf, integerOf } from './node.ts';
import type { Notes } from './notes.ts';
import { riskOfSetting } from './settings.ts';
import { byLiteral, type Told } from './told.ts';
import type { Walk } from './walk.ts';

/** SET and RESET. */
export function setting(body: VariableSetStmt, { notes }: Walk): Told {
  byLiteral(notes);
  notes.verbs.add('set');
  if (body.kind === 'VAR_SET_MULTI') return transactionSetting(body, notes);
  if (body.kind === 'VAR_RESET_ALL') {
    notes.risks.add('parser-setting');
    return { kind: 'set' };
  }
  const values = (body.args ?? []).map((node) => constantOf(node));
  const isSaid =
    body.kind === 'VAR_SET_VALUE' && values.every((value) => typeof value === 'string');
  const value = isSaid ? values.join(', ') : undefined;
  const name = (body.name ?? '').toLowerCase();
  const risk = riskOfSetting(name, value);
  if (risk) notes.risks.add(risk);
  notes.setting = { name, value };
  return { kind: 'set' };
}

function transactionSetting(body: VariableSetStmt, notes: Notes): Told {
  if (body.name === 'TRANSACTION SNAPSHOT') notes.risks.add('setting');
  for (const node of body.args ?? []) {
    const { defname, arg } = as(node, 'DefElem') ?? {};
    if (defname === 'transaction_read_only' && integerOf(arg) !== 1)
      notes.risks.add('session-identity');
  }
  return { kind: body.name === 'SESSION CHARACTERISTICS' ? 'set' : 'tx' };
}
