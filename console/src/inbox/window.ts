/** Which rows of a long list are drawn. */
export type Drawn = { readonly from: number; readonly to: number };

/** The rows that can be seen at a scroll position, and some more on either side. */
export function drawnRows(
  place: { readonly scrollTop: number; readonly height: number; readonly rowHeight: number },
  count: number,
  spare = 6,
): Drawn {
  const { scrollTop, height, rowHeight } = place;
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const shown = Math.ceil(Math.max(0, height) / rowHeight);
  return {
    from: Math.max(0, Math.min(first - spare, count)),
    to: Math.max(0, Math.min(first + shown + spare, count)),
  };
}
