import type { ActionStatus, GuardedTool } from '@countersign/sdk';
import { z } from 'zod';
import type { Choice, World } from './world.ts';

type Maybe<T extends z.ZodType> = z.ZodOptional<z.ZodNullable<T>>;
type Shape = {
  table: z.ZodString;
  columns: z.ZodArray<z.ZodString>;
  destination: Maybe<z.ZodString>;
  limit: Maybe<z.ZodInt>;
  format: Maybe<z.ZodEnum<{ csv: 'csv'; json: 'json' }>>;
  purpose: Maybe<z.ZodString>;
};

/** As a tool's author writes it: the model's text is trimmed, what is left out is the gateway's to fill. */
const schema: z.ZodObject<Shape> = z.object({
  table: z.string().trim(),
  columns: z.array(z.string()),
  destination: z.string().nullish(),
  limit: z.int().nullish(),
  format: z.enum(['csv', 'json']).nullish(),
  purpose: z.string().nullish(),
});

/** What a tool gets. */
type Input = z.infer<typeof schema>;

/** A tool that a host is to have: its plain parts, and how it is to be guarded. */
export type Tool = {
  readonly name: 'read_table' | 'export_table';
  readonly description: string;
  readonly schema: z.ZodObject<Shape>;
  readonly guard: Omit<GuardedTool<Input, unknown>, 'summarize'>;
  readonly run: (input: Input) => string;
};

/** Both tools of a test, and what came of them. */
export type Tools = {
  readonly tools: readonly Tool[];
  /** The arguments of everything that ran, in turn. */
  readonly ran: Input[];
  /** The requests people were asked to answer, each once. */
  readonly asked: ReadonlyMap<string, ActionStatus>;
};

/** How a test has its tools behave; `people` answers by the number of the request. */
export type Wish = {
  readonly people?: (n: number) => Choice | undefined;
  readonly waitMs?: number;
  readonly fails?: boolean;
};

/** `read_table`, which policy allows, and `export_table`, which a person answers. */
export function toolsOf(world: World, { people, waitMs, fails }: Wish = {}): Tools {
  const ran: Input[] = [];
  const asked = new Map<string, ActionStatus>();
  const onProgress = (status: ActionStatus): void => {
    const { state, approvalId } = status;
    if (state !== 'pending' || approvalId === undefined || asked.has(approvalId)) return;
    asked.set(approvalId, status);
    const choice = people?.(asked.size);
    if (choice !== undefined) void world.answer(approvalId, choice);
  };
  const tool = (name: Tool['name'], type: string): Tool => ({
    name,
    description: `${name} of the customer database`,
    schema,
    guard: {
      type,
      resource: 'Database::crm',
      onProgress,
      ...(waitMs === undefined ? {} : { waitMs }),
    },
    run: (input) => {
      ran.push(input);
      if (fails === true) throw new RangeError('the connection broke');
      return `done ${type} ${input.table}`;
    },
  });
  return {
    tools: [tool('read_table', 'sql.select'), tool('export_table', 'sql.export')],
    ran,
    asked,
  };
}
