import { png, type Pixel } from './png.ts';

/** Two check marks, one behind the other, on a grid of 100: what one says the other countersigns. */
const MARKS: readonly (readonly (readonly [number, number])[])[] = [
  [
    [14, 52],
    [32, 72],
    [64, 30],
  ],
  [
    [46, 64],
    [54, 72],
    [86, 30],
  ],
];
const HALF = 5;
export const ACCENT = '#1F4B3F';
const GREEN: readonly [number, number, number] = [0x1f, 0x4b, 0x3f];

/** The icon of the app's listing, 192 × 192: white on green. */
export const colorIcon = (): Buffer =>
  png(192, (x, y): Pixel => {
    const ink = inkAt(x, y, 192);
    const mix = (part: number): number => Math.round(part + (255 - part) * ink);
    return [mix(GREEN[0]), mix(GREEN[1]), mix(GREEN[2]), 255];
  });

/** The icon of the app's bar, 32 × 32: white on nothing. */
export const outlineIcon = (): Buffer =>
  png(32, (x, y): Pixel => [255, 255, 255, Math.round(255 * inkAt(x, y, 32))]);

/** How much of a pixel the marks cover, smooth at their edges. */
function inkAt(x: number, y: number, size: number): number {
  const scale = 100 / size;
  const point = [(x + 0.5) * scale, (y + 0.5) * scale] as const;
  const distance = Math.min(
    ...MARKS.flatMap((line) =>
      line.slice(1).map((end, i) => toSegment(point, line[i] ?? end, end)),
    ),
  );
  return Math.min(1, Math.max(0, (HALF - distance) / scale + 0.5));
}

function toSegment(
  [px, py]: readonly [number, number],
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(px - ax - along * dx, py - ay - along * dy);
}
