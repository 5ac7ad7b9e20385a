/** Tells what came before from what did not. */
export type Once = (id: string) => boolean;

const MOST_KEPT = 20_000;

/**
 * True the first time. It keeps the last 20,000 of this process: enough to have a delivery that comes twice do nothing twice;
 * that a vote counts once is the ledger's doing, whatever is forgotten here.
 */
export function createOnce(): Once {
  const kept = new Set<string>();
  return (id) => {
    if (kept.has(id)) return false;
    kept.add(id);
    const oldest = kept.size > MOST_KEPT ? kept.values().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return true;
  };
}
