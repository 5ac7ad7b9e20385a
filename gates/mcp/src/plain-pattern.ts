const LONGEST = 512;

/**
 * Whether a pattern of a schema can be tried in time that grows at most with the square of the text.
 * ATTACKER: the server writes the pattern and the agent the text, and our own event loop would be what hangs.
 */
export function isPlainPattern(pattern: string): boolean {
  if (pattern.length > LONGEST) return false;
  if (/\\[1-9k]/.test(pattern)) return false;
  const flat = pattern.replaceAll(/\\./gs, 'a').replaceAll(/\[\^?\]?[^\]]*\]/g, 'a');
  // repeated groups, look-around, named groups
  if (/\)[*+?{]/.test(flat) || /\(\?(?!:)/.test(flat)) return false;
  const open = flat.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0;
  const maybe = flat.match(/\?/g)?.length ?? 0;
  return open <= (flat.startsWith('^') ? 2 : 1) && maybe <= 8;
}
