import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** The parts of a block that were on the screen, as sorted, disjoint spans of its height in pixels. */
export type Spans = readonly (readonly [from: number, to: number])[];

/** Spans with one more. */
export function covered(spans: Spans, from: number, to: number): Spans {
  if (to <= from) return spans;
  const out: [number, number][] = [];
  let [low, high] = [from, to];
  for (const [a, b] of spans)
    if (b < low || a > high) out.push([a, b]);
    else [low, high] = [Math.min(a, low), Math.max(b, high)];
  out.push([low, high]);
  return out.toSorted((x, y) => x[0] - y[0]);
}

/** Whether every line of a block of this height was on the screen; a pixel of rounding is no line. */
export const isAll = (spans: Spans, height: number): boolean =>
  spans.length === 1 && (spans[0]?.[0] ?? 1) <= 1 && (spans[0]?.[1] ?? 0) >= height - 1;

export type Reading = { readonly isReadToEnd: boolean; readonly inViewMs: number };

const TICK_MS = 100;

type Track = { spans: Spans; height: number; ms: number; at: number };

/** One look at the screen: what of the block is visible now, and for how long all of it has been. */
export function look(
  track: Track,
  { top, height }: Pick<DOMRect, 'top' | 'height'>,
  clip: { readonly top: number; readonly bottom: number },
  now: number,
): void {
  // a block that grew or shrank (a tab, an opened part) must be read again
  if (Math.abs(height - track.height) > 1) Object.assign(track, { spans: [], height, ms: 0 });
  const from = Math.max(0, clip.top - top);
  const to = Math.min(height, clip.bottom - top);
  track.spans = covered(track.spans, from, to);
  const isWhole = from <= 1 && to >= height - 1;
  const isTall = height > clip.bottom - clip.top && to > from;
  if (isAll(track.spans, height) && (isWhole || isTall)) track.ms += now - track.at;
  track.at = now;
}

const edge = (name: 'top' | 'bottom'): DOMRect | undefined =>
  document.querySelector(`[data-covers="${name}"]`)?.getBoundingClientRect();

/** The part of the window that nothing of ours covers. */
function clipNow(): { readonly top: number; readonly bottom: number } {
  return {
    top: Math.max(0, edge('top')?.bottom ?? 0),
    bottom: Math.min(window.innerHeight, edge('bottom')?.top ?? window.innerHeight),
  };
}

/** Follows how much of a block a person had on their screen. Time counts only while the page itself is visible. */
export function useReading(key: string): readonly [RefObject<HTMLElement | null>, Reading] {
  const block = useRef<HTMLElement | null>(null);
  const [reading, setReading] = useState<Reading>({ isReadToEnd: false, inViewMs: 0 });
  useEffect(() => {
    const track: Track = { spans: [], height: -1, ms: 0, at: performance.now() };
    setReading({ isReadToEnd: false, inViewMs: 0 });
    const step = (): void => {
      const now = performance.now();
      if (document.visibilityState === 'visible' && block.current) {
        look(track, block.current.getBoundingClientRect(), clipNow(), now);
      }
      track.at = now;
      const next = { isReadToEnd: isAll(track.spans, track.height), inViewMs: track.ms };
      setReading((before) =>
        before.isReadToEnd === next.isReadToEnd && before.inViewMs > 2_000 ? before : next,
      );
    };
    step(); // what is on the screen before anything is scrolled was seen too
    const timer = setInterval(step, TICK_MS);
    document.addEventListener('scroll', step, { capture: true, passive: true });
    return () => {
      clearInterval(timer);
      document.removeEventListener('scroll', step, { capture: true });
    };
  }, [key]);
  return [block, reading];
}
