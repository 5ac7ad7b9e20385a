import type { VNode } from 'preact';

/** The mark: two strokes, the second over the first. */
export const Mark = (): VNode => (
  <svg class="mark" viewBox="0 0 512 512" aria-hidden="true">
    <rect width="512" height="512" rx="112" />
    <path d="M106 266l78 78 150-172" />
    <path d="M256 330l14 14 150-172" opacity=".72" />
  </svg>
);
