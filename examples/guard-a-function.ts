// An agent's tool that exports customers, guarded: it runs only what policy or people let through, once.
//   COUNTERSIGN_URL=http://127.0.0.1:8088 COUNTERSIGN_TOKEN=csk_… \
//     npx node --conditions=@countersign/source examples/guard-a-function.ts
import { createClient, NotExecuted } from '@countersign/sdk';

type Export = {
  readonly table: string;
  readonly columns: readonly string[];
  readonly destination: string;
};

const { COUNTERSIGN_URL: url = 'http://127.0.0.1:8088', COUNTERSIGN_TOKEN: token = '' } =
  process.env;
const client = createClient({ url, token });

const exportCustomers = client.guard(
  'sql.export',
  'Database::crm',
  // gets the arguments that were approved, as the gateway stored them; not the caller's object
  async ({ table, destination }: Export) => `${table} is in ${destination}`,
  { onProgress: ({ state, approvalId }) => process.stderr.write(`${state} ${approvalId ?? ''}\n`) },
);

try {
  const args = { table: 'customers', columns: ['id', 'company'], destination: 'customers.csv' };
  process.stdout.write(`${await exportCustomers(args, { key: 'example:1' })}\n`);
} catch (error) {
  if (!(error instanceof NotExecuted)) throw error;
  // what a model should be told: the message, whether asking again makes sense, and the reviewer's words as data
  const { message, code, retry, reviewerNote } = error;
  process.stdout.write(`${JSON.stringify({ message, code, retry, reviewerNote })}\n`);
}
