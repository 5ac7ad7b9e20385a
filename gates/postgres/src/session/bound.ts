import { isUtf8 } from 'node:buffer';
import type { BoundValue, QueryArguments } from '../house.ts';
import { readBind, type BindMessage } from '../wire/read-frontend.ts';
import { writeBind, type Report } from '../wire/write.ts';
import type { Bound } from './decide.ts';
import { refused, reportOf } from './denial.ts';

/** Values of a Bind as arguments of an action. */
export function boundOf(
  bytes: Buffer,
  start: number,
  end: number,
  { types, maxRows }: { readonly types: readonly number[]; readonly maxRows: number },
): Bound | Report {
  const bind = readBind(bytes, start, end);
  const values: BoundValue[] = [];
  for (const [at, value] of bind.values.entries()) {
    if (value.format === 0 && value.bytes && !isText(value.bytes))
      return reportOf(refused('a value is not valid text in UTF-8'));
    values.push(valueOf(value, types[at] ?? 0));
  }
  return { values, formats: bind.resultFormats, maxRows };
}

const isText = (bytes: Buffer): boolean => isUtf8(bytes) && !bytes.includes(0);

const valueOf = ({ format, bytes }: BindMessage['values'][number], type: number): BoundValue => ({
  type,
  format: format === 0 ? 'text' : 'binary',
  value: bytes && (format === 0 ? bytes.toString('utf8') : bytes.toString('base64')),
});

/** The Bind of what was released (R3): its values as they are stored. */
export const bindOf = (
  stored: QueryArguments,
  names: { readonly portal: string; readonly statement: string },
): Buffer =>
  writeBind({
    ...names,
    values: (stored.values ?? []).map(({ format, value }) => ({
      format: format === 'text' ? 0 : 1,
      bytes: value === null ? null : Buffer.from(value, format === 'text' ? 'utf8' : 'base64'),
    })),
    resultFormats: stored.formats ?? [],
  });
