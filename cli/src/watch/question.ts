import { PROBLEMS } from '@countersign/api';
import { digestView } from '@countersign/core';
import type { Key } from './keys.ts';
import {
  only,
  type Around,
  type Model,
  type Place,
  type Question,
  type Step,
  type Verb,
} from './model.ts';

type OnPage = Extract<Place, { at: 'page' }>;
type Asked = OnPage & { readonly question: Question };

const ARMING_MS = 500;
const MOST_REASON = 500;

/**
 * Begins to ask, or says why not. Whatever needs more than a terminal is decided in the browser; whatever was not read to
 * its end, or is not what the vote would be on, is not approved here (A7, A10).
 */
export function ask(
  model: Model,
  place: OnPage,
  { wanted, around }: { readonly wanted: 'approve' | 'deny'; readonly around: Around },
): Step {
  const { may, view, seenDigest, status } = place.page;
  const say = (note: string): Step => only({ ...model, note });
  if (status.state !== 'pending') return say(`it is ${status.state}: there is nothing to decide`);
  if (!view || status.approvalId === undefined)
    return say('what was shown was erased: nobody can decide on it');
  if (digestView(view) !== seenDigest)
    return say(
      'the gateway shows something else than it asks to decide on: do not decide, tell whoever operates it',
    );
  const isNo = wanted === 'deny';
  // a no is taken however little is known of who says it
  if (!may.vote && !may.confirm && may.because !== 'assurance-too-low')
    return say(whyNot(may.because));
  const isElsewhere =
    !isNo && ((may.needs !== undefined && may.needs !== 'chat') || !view.complete);
  if (isElsewhere)
    return {
      model: { ...model, note: 'this takes more than a terminal: decide in the browser' },
      effects: [{ do: 'browse', id: status.approvalId }],
    };
  if (!isNo && place.read < around.lines) return say('read it to the end first (space)');
  const verb: Verb = isNo ? 'deny' : may.vote ? 'approve' : 'confirm';
  const question: Question = {
    verb,
    step: isNo ? 'reason' : 'code',
    armedAt: around.now + ARMING_MS,
    code: around.code(),
    typed: '',
  };
  return only({ ...model, note: '', place: { ...place, question } });
}

function whyNot(because: string | undefined): string {
  const known = Object.entries(PROBLEMS).find(([code]) => code === because);
  return known ? `${known[1].title} (${known[0]})` : 'you may not decide on this';
}

/** A key while something is asked. Enter on anything but the code, and Escape, are a no. */
export function pressAsked(
  model: Model,
  place: Asked,
  { key, around }: { readonly key: Key; readonly around: Around },
): Step {
  const { question } = place;
  // ATTACKER: what was typed for something else must not decide (A13)
  if (around.now < question.armedAt) return only(model);
  const typed = (text: string): Step =>
    only({ ...model, place: { ...place, question: { ...question, typed: text } } });
  switch (key.name) {
    case 'escape':
      return nothing(model, place);
    case 'backspace':
      return typed(question.typed.replace(/.$/su, ''));
    case 'char':
      return typed(
        (question.typed + key.char).slice(0, question.step === 'reason' ? MOST_REASON : 8),
      );
    case 'enter':
      return entered(model, place, around);
    default:
      return only(model);
  }
}

function entered(model: Model, place: Asked, { now, code }: Around): Step {
  const { question, ...rest } = place;
  const { verb, typed, step } = question;
  if (step === 'reason') {
    const reason = typed.trim();
    const next: Question = {
      verb,
      step: 'code',
      armedAt: now + ARMING_MS,
      code: code(),
      typed: '',
      ...(reason === '' ? {} : { reason }),
    };
    return only({ ...model, place: { ...place, question: next } });
  }
  if (typed.trim().toLowerCase() !== question.code) return nothing(model, place);
  const reason = question.reason === undefined ? {} : { reason: question.reason };
  return {
    model: { ...model, note: 'sending…', place: rest },
    effects: [{ do: 'answer', page: place.page, verb, ...reason }],
  };
}

const nothing = (model: Model, { at, page, top, read }: Asked): Step =>
  only({ ...model, note: 'nothing was decided', place: { at, page, top, read } });
