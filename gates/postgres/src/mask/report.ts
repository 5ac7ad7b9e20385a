import type { StatementFacts } from '../sql/facts.ts';
import { readErrorFields } from '../wire/read-backend.ts';
import { message } from '../wire/write.ts';
import { isProvenClean } from './origin.ts';
import { codeOf, wordsOf } from './report-words.ts';

// constraints that wait until the end fail in a statement that touches nothing itself
const OWN_ERRORS = ['select', 'insert', 'update', 'delete', 'merge', 'show', 'declare', 'prepare'];

// where a statement is read and its names are looked up, before any row is: by file and line of the server's source
const ANALYSIS =
  /^(?:scan\.l|parse_(?:relation|func|oper|target|clause|agg|expr|collate|cte|merge)\.c)$/;

type Fields = ReadonlyMap<string, string>;

/** An error or a notice without values (MASK-17). */
export function maskReport(report: Buffer, facts: StatementFacts | undefined): Buffer {
  const fields = fieldsOf(report);
  const isOwn = facts !== undefined && OWN_ERRORS.includes(facts.kind) && isProvenClean(facts);
  // what a cascade or a policy of rows set going is not in the facts, but leaves its context
  if (isOwn && fields.size > 0 && !isWithin(fields)) return report;
  const type = report[0] === ERROR ? 'E' : 'N';
  const kept = keep(fields);
  const parts = [...kept].flatMap(([letter, text]) => [Buffer.from(letter), text]);
  return message(type, ...parts, Buffer.of(0));
}

const ERROR = 0x45;

function fieldsOf(report: Buffer): Fields {
  try {
    return readErrorFields(report);
  } catch {
    return new Map();
  }
}

function keep(fields: Fields): Fields {
  const code = codeOf(fields.get('C') ?? '');
  const kept = pick(fields, ['S', 'V']);
  kept.set('C', code);
  if (isAboutText(fields)) return new Map([...kept, ...pick(fields, ['M', 'D', 'H', 'P'])]);
  kept.set('M', wordsOf(code));
  // ATTACKER: RAISE … USING may put a value into each of these; a function always leaves its context
  const names = fields.has('W') ? [] : ['s', 't', 'c', 'd', 'n'];
  return new Map([...kept, ...pick(fields, ['P', ...names])]);
}

const pick = (fields: Fields, letters: readonly string[]): Map<string, string> =>
  new Map([...fields].filter(([letter]) => letters.includes(letter)));

/**
 * Whether it is about the client's own text: found while that was analysed, at a place in it. What a function runs itself,
 * with a value in its text perhaps, has a context or an inner query.
 */
const isAboutText = (fields: Fields): boolean =>
  ANALYSIS.test(fields.get('F') ?? '') && fields.has('P') && !isWithin(fields);

/** Whether it comes from within something: a function, a trigger, a statement that one of these ran. */
const isWithin = (fields: Fields): boolean => ['W', 'q', 'p'].some((letter) => fields.has(letter));

/** A `NotificationResponse` without its payload: process, channel, nothing. */
export function maskNotification(notification: Buffer): Buffer {
  const end = notification.indexOf(0, 9);
  if (end === -1) return message('A', Buffer.alloc(4), '', '');
  return message('A', notification.subarray(5, 9), notification.subarray(9, end + 1), '');
}
