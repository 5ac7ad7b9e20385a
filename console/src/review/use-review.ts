import { useEffect, useRef, useState } from 'preact/hooks';
import { checkIntegrity, type Integrity } from '../exact/integrity.ts';
import { stateText } from '../format/words.ts';
import { get } from '../http/client.ts';
import { onChange } from '../http/live.ts';
import type { ApprovalPage } from '../wire.ts';

/** A request as it is on the screen, and whether it still is what waits. */
export type Review = {
  readonly page?: ApprovalPage;
  readonly integrity: 'checking' | Integrity;
  readonly stale?: string;
  readonly error?: unknown;
  /** Shows what the request says now. */
  readonly reload: () => void;
  /** The gateway refused an answer because the request is not what is shown. */
  readonly outdate: (why: string) => void;
};

type Shown = Pick<Review, 'page' | 'integrity' | 'stale' | 'error'>;
const NOTHING: Shown = { integrity: 'checking' };

/** Reads a request, recomputes its digest, and hears whether it changes. */
export function useReview(id: string): Review {
  const [shown, setShown] = useState<Shown>(NOTHING);
  const current = useRef<Shown>(shown);
  current.current = shown;
  const turn = useRef(0);

  async function read(isQuiet: boolean): Promise<void> {
    const mine = ++turn.current;
    const page = await get<ApprovalPage>(`/v1/approvals/${id}`);
    const before = current.current;
    if (isQuiet && before.page && page.seenDigest !== before.page.seenDigest) {
      setShown({ ...before, stale: 'The request changed while you were reading it.' });
      return;
    }
    const integrity = await checkIntegrity(page, id);
    if (mine === turn.current) setShown({ page, integrity });
  }
  const reload = (): void => {
    setShown(NOTHING);
    read(false).catch((error: unknown) => setShown({ ...NOTHING, error }));
  };
  const outdate = (stale: string): void => setShown((before) => ({ ...before, stale }));
  useEffect(() => {
    reload();
    return onChange((change) => {
      if (change && change.approvalId !== id) return;
      const { page } = current.current;
      const isOver = change && (change.state !== 'pending' || change.version !== page?.version);
      if (isOver && page?.status.state === 'pending') outdate(overText(change.state));
      else if (page && current.current.stale === undefined) read(true).catch(() => undefined); // it is asked again at the next change
    });
  }, [id]);
  return { ...shown, reload, outdate };
}

/** Why the buttons are dead, once it is not what is shown that waits. */
const overText = (state: string): string =>
  state === 'pending'
    ? 'A newer version of this request waits.'
    : `This was settled while you were reading it: ${stateText(state)}.`;
