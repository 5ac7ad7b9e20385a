import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from '../app/keys.ts';
import { go } from '../app/router.ts';
import { drawnRows } from './window.ts';
import { loadMore, page, rows } from './state.ts';
import { Row } from './row.tsx';

const ROW_HEIGHT = 72;

/** The rows, of which only those on the screen are drawn: a thousand scroll as ten do. */
export function List({ open }: { readonly open: string | undefined }): VNode {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scrollTop: 0, height: 600 });
  const all = rows.value;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void =>
      setView({ scrollTop: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  useEffect(() => useKeys(keysOf(box.current, open)), [open, all]);
  const { from, to } = drawnRows({ ...view, rowHeight: ROW_HEIGHT }, all.length);
  useEffect(() => {
    if (to >= all.length - 10) void loadMore();
  }, [to, all.length, page.value.next, page.value.isLoading]);
  return (
    <div class="list" ref={box} tabIndex={0} role="region" aria-label="Requests">
      <ul style={{ height: `${all.length * ROW_HEIGHT}px` }}>
        {all.slice(from, to).map((item, i) => (
          <Row
            key={item.approvalId}
            item={item}
            isOpen={item.approvalId === open}
            place={{ at: from + i, of: all.length, top: (from + i) * ROW_HEIGHT }}
          />
        ))}
      </ul>
    </div>
  );
}

/** `j` and `k` move the focus, from the row that has it or from the request that is open. */
function keysOf(box: HTMLElement | null, open: string | undefined) {
  const move = (step: number): void => {
    const focused = document.activeElement?.getAttribute('data-row');
    const opened = rows.value.findIndex(({ approvalId }) => approvalId === open);
    const at = focused === null || focused === undefined ? opened : Number(focused);
    const next = Math.min(rows.value.length - 1, Math.max(0, at + step));
    const item = rows.value[next];
    if (!item || !box) return;
    const top = next * ROW_HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight)
      box.scrollTop = top + ROW_HEIGHT - box.clientHeight;
    if (open !== undefined) go(`/a/${item.approvalId}`);
    requestAnimationFrame(() => box.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };
  return { j: () => move(1), k: () => move(-1) };
}
