import type { ApprovalPage } from '@countersign/api';
import { digestView, type View } from '@countersign/core';
import { Failure } from './command.ts';

/** The view, if it is the one the vote will be on: whatever else is shown is not what is decided. */
export function shownView({ view, seenDigest }: ApprovalPage): View {
  if (!view) throw new Failure('erased', 'what was shown was erased, so nobody can decide on it');
  if (digestView(view) === seenDigest) return view;
  throw new Failure('seen-mismatch', 'the gateway shows something else than it asks to decide on', {
    hint: 'do not decide; tell whoever operates it',
  });
}
