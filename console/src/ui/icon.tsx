import type { VNode } from 'preact';

const PATHS = {
  inbox: 'M3 12h5l2 3h4l2-3h5M5 5h14l2 7v6a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-6z',
  ledger: 'M4 7l8-4 8 4-8 4zM4 12l8 4 8-4M4 17l8 4 8-4',
  policies: 'M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h7',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.500a6.5 6.5 0 0 1 3.5 5.5',
  agents:
    'M6 9h12v9H6zM12 9V5M9.5 13v1.500M14.5 13v1.500M3 12v4M21 12v4M12 5a1 1 0 1 0 0-2 1 1 0 0 0 0 2',
  me: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0',
  back: 'M15 5l-7 7 7 7',
  check: 'M4 12.500l5 5L20 6.5',
  cross: 'M6 6l12 12M18 6L6 18',
  key: 'M8 16a4 4 0 1 1 3.5-6H21v3h-2v3h-3v-3h-4.500A4 4 0 0 1 8 16zM8 12h.01',
  alarm: 'M12 3l10 18H2zM12 10v5M12 18v.01',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
  eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  quote: 'M5 17h4l2-5V6H4v6h3zM15 17h4l2-5V6h-7v6h3z',
  theme: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 3v18M12 8h6M12 12h9M12 16h6',
  shield: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z',
} as const;
export type IconName = keyof typeof PATHS;

/** A drawing beside words that say the same. */
export const Icon = ({ name }: { readonly name: IconName }): VNode => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);
