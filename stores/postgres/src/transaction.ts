import type pg from 'pg';

/** What the statements of one round trip answer, in order. */
export type Row = Readonly<Record<string, unknown>>;
/** A statement with its values; a named one is parsed once per connection. */
export type Step = {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
};

/**
 * Sends statements in one go on a connection in pipeline mode and waits for all answers. Each is a statement of its own,
 * with a snapshot of its own under READ COMMITTED. Throws the first failure, once every answer is in.
 */
export async function inOneTrip(
  client: pg.Client,
  steps: readonly Step[],
): Promise<readonly (readonly Row[])[]> {
  const answers = await Promise.allSettled(
    steps.map(({ name, text, values = [] }) =>
      client.query<Row>(
        values.length === 0 && name === undefined
          ? text
          : { ...(name === undefined ? {} : { name }), text, values: [...values] },
      ),
    ),
  );
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value.rows ?? [];
  });
}
