import { instant, ok, type LedgerStore } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { describe, expect, test } from 'vitest';
import { createRoster, type DirectoryEvent } from '../src/index.ts';

const clock = () => instant(1_000);
const added = (person: string): DirectoryEvent => ({
  type: 'person.added',
  at: clock(),
  by: 'sign-in',
  person,
  provider: 'okta',
  subject: `s-${person}`,
});

/** Another gateway: the same ledger, whose news say nothing of who wrote them, and may come late. */
function asOther(store: LedgerStore, deliver: (tell: () => void) => void): LedgerStore {
  return {
    ...store,
    onAppended: (listener) =>
      store.onAppended(({ stream, firstSeq, version }) =>
        deliver(() => listener({ stream, firstSeq, version })),
      ),
  };
}

describe('the directory is a fold over the ledger', () => {
  test('what was added is there again after a restart', async () => {
    const store = createMemoryStore({ clock });
    const roster = await createRoster(store, clock);
    await roster.change(() => ok({ events: [added('per_1'), added('per_2')] }));
    const again = await createRoster(store, clock);
    expect([...again.now().people.accounts.keys()]).toEqual(['per_1', 'per_2']);
    expect(again.now().version).toBe(2);
  });
  test('`current` hears what another gateway wrote, even when its news are late or lost', async () => {
    const store = createMemoryStore({ clock });
    const one = await createRoster(store, clock);
    const deaf = await createRoster(
      asOther(store, () => undefined),
      clock,
    );
    await one.change(() => ok({ events: [added('per_1')] }));
    expect(deaf.now().version).toBe(0);
    expect((await deaf.current()).version).toBe(1);
    const hearing = await createRoster(
      asOther(store, (tell) => tell()),
      clock,
    );
    await one.change(() => ok({ events: [added('per_2')] }));
    await expect.poll(() => hearing.now().version).toBe(2);
  });
  test('what another gateway writes while this one starts is not left out', async () => {
    const store = createMemoryStore({ clock });
    const one = await createRoster(store, clock);
    await one.change(() => ok({ events: [added('per_1')] }));
    let isFirst = true;
    const starting = await createRoster(
      {
        ...store,
        read: async (stream) => {
          const entries = await store.read(stream);
          if (isFirst) await one.change(() => ok({ events: [added('per_2')] }));
          isFirst = false;
          return entries;
        },
      },
      clock,
    );
    expect([...starting.now().people.accounts.keys()]).toEqual(['per_1', 'per_2']);
    expect((await starting.change(() => ok({ events: [added('per_3')] }))).ok).toBe(true);
    expect((await one.current()).version).toBe(3);
  });
  test('two gateways that change at once both get through, one after the other', async () => {
    const store = createMemoryStore({ clock });
    const here = await createRoster(store, clock);
    const there = await createRoster(
      asOther(store, (tell) => setTimeout(tell, 5)),
      clock,
    );
    const changed = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? here : there).change(({ people }) =>
          people.bySubject.has('s-per_same')
            ? ok({ events: [added(`per_${i}`)] })
            : ok({ events: [added('per_same')] }),
        ),
      ),
    );
    expect(changed.every((one) => one.ok)).toBe(true);
    const { people, version } = await here.current();
    expect(version).toBe(20);
    expect(people.accounts.size).toBe(20);
  });
});
