import { crc32, deflateSync } from 'node:zlib';

type Point = readonly [x: number, y: number];

const GREEN = [31, 111, 92] as const;
// the two strokes of `public/assets/icon.svg`, in its 512 units
const STROKES: readonly { readonly points: readonly Point[]; readonly opacity: number }[] = [
  {
    points: [
      [256, 330],
      [270, 344],
      [420, 172],
    ],
    opacity: 0.72,
  },
  {
    points: [
      [106, 266],
      [184, 344],
      [334, 172],
    ],
    opacity: 1,
  },
];
const HALF_STROKE = 22;
const RADIUS = 112;

/** The icon as a PNG; `maskable` fills the square and keeps its strokes within the safe circle. */
export function drawIcon(size: number, isMaskable: boolean): Uint8Array {
  const rows = Buffer.alloc(size * (size * 4 + 1)); // each row begins with its filter: none
  const scale = 512 / size;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const at: Point = [(x + 0.5) * scale, (y + 0.5) * scale];
      rows.set(pixel(at, scale, isMaskable), y * (size * 4 + 1) + 1 + x * 4);
    }
  return png(size, rows);
}

function pixel(at: Point, scale: number, isMaskable: boolean): readonly number[] {
  const shrunk: Point = isMaskable ? [(at[0] - 256) / 0.72 + 256, (at[1] - 256) / 0.72 + 256] : at;
  let color: readonly number[] = GREEN;
  for (const { points, opacity } of STROKES) {
    const ink = opacity * coverage(distance(shrunk, points) - HALF_STROKE, scale);
    color = color.map((one) => one + (255 - one) * ink);
  }
  const alpha = isMaskable ? 1 : coverage(outside(at), scale);
  return [...color.map(Math.round), Math.round(alpha * 255)];
}

/** How much of a pixel is inside, given the distance of its middle to the edge. */
const coverage = (distanceToEdge: number, scale: number): number =>
  Math.min(1, Math.max(0, 0.5 - distanceToEdge / scale));

const outside = ([x, y]: Point): number => {
  const [dx, dy] = [Math.abs(x - 256) - 256 + RADIUS, Math.abs(y - 256) - 256 + RADIUS];
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - RADIUS;
};

function distance([x, y]: Point, points: readonly Point[]): number {
  return Math.min(
    ...points.slice(1).map(([bx, by], i) => {
      const [ax, ay] = points[i] ?? [bx, by];
      const [vx, vy] = [bx - ax, by - ay];
      const along = ((x - ax) * vx + (y - ay) * vy) / (vx * vx + vy * vy);
      const t = Math.min(1, Math.max(0, along));
      return Math.hypot(x - ax - t * vx, y - ay - t * vy);
    }),
  );
}

function png(size: number, rows: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6], 8); // eight bits, RGBA
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
