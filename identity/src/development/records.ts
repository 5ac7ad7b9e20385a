import type { Payload, Records } from 'oidc-provider';

type Kept = { readonly payload: Payload; readonly until: number };

/** Most records of one kind; whoever floods a development provider loses their own sign-in. */
const MOST = 1_000;

/** Records of the development identity provider, in memory: they end with the process. */
export function createRecords(now: () => number): (kind: string) => Records {
  const kinds = new Map<string, Map<string, Kept>>();
  return (kind) => {
    const kept = kinds.get(kind) ?? new Map<string, Kept>();
    kinds.set(kind, kept);
    const find = async (id: string): Promise<Payload | undefined> => {
      const found = kept.get(id);
      return found && found.until > now() ? found.payload : undefined;
    };
    return {
      find,
      findByUid: async (uid) =>
        [...kept.values()].find(({ payload }) => payload.uid === uid)?.payload,
      findByUserCode: async () => undefined,
      upsert: async (id, payload, expiresIn = 3_600) => {
        kept.delete(id);
        kept.set(id, { payload, until: now() + expiresIn * 1_000 });
        const [oldest] = kept.keys();
        if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
      },
      consume: async (id) => {
        const payload = await find(id);
        if (payload) payload.consumed = Math.floor(now() / 1_000);
      },
      destroy: async (id) => void kept.delete(id),
      revokeByGrantId: async (grantId) => {
        for (const [id, { payload }] of kept) if (payload.grantId === grantId) kept.delete(id);
      },
    };
  };
}
