import { readParse, readQuery } from '../wire/read-frontend.ts';
import { WireFailure } from '../wire/failure.ts';
import { writeQuery, type Report } from '../wire/write.ts';
import { runApart } from './apart.ts';
import { begin } from './begin.ts';
import { askJudge } from './ask.ts';
import { decide, isTooLate, laneOf, type Decision } from './decide.ts';
import { deny, refused, reportOf, substituteParse, substituteQuery } from './denial.ts';
import type { Frame, Front, Step } from './front.ts';
import { byItself, tell } from './leave.ts';
import { queryOf } from './outstanding.ts';
import { planOf } from './plan.ts';
import type { Session } from './session.ts';

/** A Query: all its statements are one implicit transaction and one action. */
export function takeQuery(session: Session, front: Front, frame: Frame): Step {
  const text = textOf(session, frame, () => readQuery(frame.bytes, frame.start, frame.end));
  if (typeof text !== 'string') return denyQuery(session, text);
  const isSole = front.executes === 0;
  const decision = decide(session, { text, isSole });
  if (decision === 'wait') return 'wait';
  if (!(decision instanceof Promise)) return sendQuery(session, front, { text, frame, decision });
  return decision.then((made) => {
    void sendQuery(session, front, { text, frame, decision: made });
    return 'taken';
  });
}

function sendQuery(
  session: Session,
  front: Front,
  { text, frame, decision }: { text: string; frame: Frame; decision: Decision },
): Step {
  const { main } = session;
  if (isTooLate(session, decision)) return undefined;
  switch (decision.is) {
    case 'go': {
      const { leave, plan, stored } = decision;
      // R3: what was released is what is sent
      if (stored) main.up.push(writeQuery(stored.text));
      else main.up.push(frame.bytes, frame.start, frame.end);
      main.queue.push(queryOf({ text: stored?.text ?? text, leave, plan }));
      begin(session, plan);
      front.executes = 0;
      return undefined;
    }
    case 'apart':
      void runApart(session, decision, undefined);
      return undefined;
    case 'failed-already':
      main.up.push(writeQuery('select 1'));
      main.queue.push(queryOf({ text: '', leave: decision.leave, plan: undefined }));
      return undefined;
    case 'deny':
      return denyQuery(session, decision.report);
    case 'later':
      return denyQuery(session, reportOf(refused('it does not stand alone')));
  }
}

function denyQuery({ main }: Session, report: Report): Step {
  const denied = deny(report);
  main.up.push(substituteQuery(denied));
  main.queue.push(queryOf({ text: '', leave: undefined, plan: undefined, denied }));
  return undefined;
}

/** A Parse: classified now, decided when it is executed; until then it takes locks and no more. */
export function takeParse(session: Session, frame: Frame): Step {
  const { main, mounted } = session;
  const { bytes, start, end } = frame;
  const parse = textOf(session, frame, () => readParse(bytes, start, end));
  if (!('text' in parse)) return denyParse(session, '', parse);
  const { name, text, types } = parse;
  const classified = mounted.judge.classify(text);
  if (classified.is === 'refused') {
    // it never comes to an Execute, so it is put on record now
    const stored = { text, lane: laneOf(session), transaction: 'own' } as const;
    return askJudge(session, { stored, isApart: false }).then((made) => {
      const report = made.is === 'deny' ? made.report : reportOf(refused(classified.message));
      if ('leave' in made) tell(made.leave, 'failed', 'the gate refused it; nothing ran');
      if (!isTooLate(session, made)) void denyParse(session, name, report);
      return 'taken';
    });
  }
  const { facts } = classified;
  const { refusal } = planOf(facts, mounted.settings);
  if (refusal) return denyParse(session, name, reportOf(refusal));
  main.up.push(bytes, start, end);
  const statement = { text, types, by: 'protocol' } as const;
  main.queue.push({ is: 'parse', name, statement, leave: byItself(facts) });
  return undefined;
}

function denyParse(session: Session, name: string, report: Report): Step {
  const { main } = session;
  const denied = deny(report);
  main.up.push(substituteParse(name, denied));
  const statement = { text: undefined, types: [], by: 'protocol' } as const;
  main.queue.push({ is: 'parse', name, statement, leave: undefined, denied });
  session.isSkipping = true;
  return undefined;
}

/** What a message says, or why it is not even judged. */
function textOf<T>({ mounted }: Session, { start, end }: Frame, read: () => T): T | Report {
  if (end - start > mounted.settings.statementBytes)
    return reportOf(refused('the statement is longer than what is judged here'));
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof WireFailure)) throw cause;
    return reportOf(refused('a statement is text in valid UTF-8 with one NUL, which is its end'));
  }
}
