import { describe, expect, test } from 'vitest';
import { covered, isAll, look } from '../src/review/reading.ts';

const fresh = () => ({ spans: [], height: -1, ms: 0, at: 0 });

describe('what was on the screen', () => {
  test.each<[readonly (readonly [number, number])[], readonly (readonly [number, number])[]]>([
    [[[0, 10]], [[0, 10]]],
    [
      [
        [0, 10],
        [10, 20],
      ],
      [[0, 20]],
    ],
    [
      [
        [20, 30],
        [0, 10],
      ],
      [
        [0, 10],
        [20, 30],
      ],
    ],
    [
      [
        [0, 10],
        [20, 30],
        [5, 25],
      ],
      [[0, 30]],
    ],
    [[[5, 5]], []],
  ])('%j is %j', (looks, expected) => {
    let spans: readonly (readonly [number, number])[] = [];
    for (const [from, to] of looks) spans = covered(spans, from, to);
    expect(spans).toEqual(expected);
  });

  const CLIP = { top: 0, bottom: 100 };

  test('a short block counts from the moment it is whole', () => {
    const track = fresh();
    look(track, { top: 60, height: 80 }, CLIP, 0);
    look(track, { top: 60, height: 80 }, CLIP, 5_000);
    expect([isAll(track.spans, 80), track.ms]).toEqual([false, 0]);
    look(track, { top: 10, height: 80 }, CLIP, 6_000);
    look(track, { top: 10, height: 80 }, CLIP, 8_500);
    expect(isAll(track.spans, 80)).toBe(true);
    expect(track.ms).toBeGreaterThanOrEqual(2_500);
  });

  test('A7: a tall block counts once every line was there; jumping to its end does not do', () => {
    const track = fresh();
    look(track, { top: 0, height: 300 }, CLIP, 0);
    look(track, { top: -200, height: 300 }, CLIP, 1_000);
    expect(isAll(track.spans, 300)).toBe(false);
    look(track, { top: -100, height: 300 }, CLIP, 2_000);
    expect(isAll(track.spans, 300)).toBe(true);
  });

  test('what lies under the bar was not seen', () => {
    const track = fresh();
    look(track, { top: 0, height: 100 }, { top: 0, bottom: 60 }, 0);
    expect(isAll(track.spans, 100)).toBe(false);
  });

  test('a block that grew must be read again', () => {
    const track = fresh();
    look(track, { top: 0, height: 80 }, CLIP, 0);
    look(track, { top: 0, height: 180 }, CLIP, 3_000);
    expect([isAll(track.spans, 180), track.ms]).toEqual([false, 0]);
  });
});
