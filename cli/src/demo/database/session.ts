import type { PGlite } from '@electric-sql/pglite';
import { frame } from './frames.ts';

/** Somebody with a connection: what the one session is made to look like while it is theirs. */
export type Seat = {
  readonly role: string;
  /** What was set, so that it is set again. */
  settings: readonly (readonly [name: string, value: string])[];
  /** The last Parse of the statement without a name. */
  unnamed?: Uint8Array;
};

/**
 * PGlite has one session for everybody. A seat has it for as long as its statement or transaction lasts; before another one
 * gets it, everything that would be seen by the next is put away, and role and settings become those of the next.
 */
export type Session = {
  /** Runs `work` once the session is this seat's; it stays so until `work` says that it is idle again. */
  readonly use: (seat: Seat, work: () => Promise<{ readonly isIdle: boolean }>) => Promise<void>;
  /** Gives the session back, with whatever transaction is open rolled back. */
  readonly leave: (seat: Seat) => Promise<void>;
};

/** Another's transaction lasts longer than anybody wants to wait. */
class Busy extends Error {}

const LEAVING = `close all; unlisten *; discard temp; discard sequences; select pg_advisory_unlock_all();
do $$ declare p record; begin
  for p in select name from pg_prepared_statements where from_sql loop execute format('deallocate %I', p.name); end loop;
end $$;
reset session authorization; reset all`;

export function createSession(db: PGlite, patienceMs = 10_000): Session {
  let last: Seat | undefined;
  let holder: Seat | undefined;
  const waiting: { readonly seat: Seat; readonly go: () => void }[] = [];

  function take(seat: Seat): Promise<void> {
    if (holder === undefined || holder === seat) {
      holder = seat;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const entry = { seat, go: () => (clearTimeout(timer), resolve()) };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(new Busy('one session, and the transaction of another connection holds it'));
      }, patienceMs);
      waiting.push(entry);
    });
  }
  function release(): void {
    const next = waiting.shift();
    holder = next?.seat;
    next?.go();
  }
  async function become(seat: Seat): Promise<void> {
    if (last === seat) return;
    if (last) {
      const { rows } = await db.query<{ name: string; setting: string }>(
        "select name, current_setting(name) as setting from pg_settings where source = 'session'",
      );
      last.settings = rows.map(({ name, setting }) => [name, setting]);
    }
    last = undefined;
    await db.exec(LEAVING);
    for (const [name, value] of seat.settings)
      await db.query('select set_config($1, $2, false)', [name, value]);
    // the last step, since a role without rights could not do the others
    await db.exec(`set session authorization ${seat.role}`);
    if (seat.unnamed) await db.execProtocolRaw(Buffer.concat([seat.unnamed, frame('S')]));
    // INVARIANT: only now; whoever got no further than halfway begins anew, never as the superuser
    last = seat;
  }
  return {
    use: async (seat, work) => {
      await take(seat);
      let isIdle = true;
      try {
        await become(seat);
        ({ isIdle } = await work());
      } finally {
        if (isIdle) release();
      }
    },
    leave: async (seat) => {
      await take(seat);
      try {
        if (db.isInTransaction()) await db.exec('rollback');
        if (last === seat) await db.exec(LEAVING);
        if (last === seat) last = undefined;
      } finally {
        release();
      }
    },
  };
}
