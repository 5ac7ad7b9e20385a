import { TILE_WIDTH } from './tree.ts';

/** A resource of the C2SP tlog-tiles layout: a tile of hashes, or a bundle of entries. */
export type TilePath = {
  readonly kind: 'tile' | 'entries';
  /** 0 for entries. */
  readonly level: number;
  readonly index: number;
  /** 1–256; 256 is the full tile, whose path has no `.p/`. */
  readonly width: number;
};

/** The canonical path below the log's prefix, such as `tile/0/x001/067.p/112`. */
export function tilePath({ kind, level, index, width }: TilePath): string {
  const partial = width === TILE_WIDTH ? '' : `.p/${width}`;
  return `tile/${kind === 'entries' ? 'entries' : level}/${groups(index)}${partial}`;
}

/** Three digits per group, all but the last marked with `x`. */
function groups(index: number): string {
  let path = String(index % 1_000).padStart(3, '0');
  for (let rest = Math.floor(index / 1_000); rest > 0; rest = Math.floor(rest / 1_000))
    path = `x${String(rest % 1_000).padStart(3, '0')}/${path}`;
  return path;
}

const PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/;

/** Reads a path; undefined for every spelling but the canonical one (answer 404). */
export function parseTilePath(path: string): TilePath | undefined {
  const match = PATH.exec(path);
  if (!match) return undefined;
  const [, level = '', index = '', width] = match;
  const tile: TilePath = {
    kind: level === 'entries' ? 'entries' : 'tile',
    level: level === 'entries' ? 0 : Number(level),
    index: Number(index.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  const isSane = tile.level < 64 && tile.width > 0 && Number.isSafeInteger(tile.index);
  // ATTACKER: encode and compare, so that one resource has one spelling and caches cannot be split
  return isSane && tilePath(tile) === path ? tile : undefined;
}
