import type { Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { configOf, epochOptions, operate, print } from '../operation.ts';
import { field, plain, styleOf } from '../text.ts';

/** Goes on with a ledger that was rolled back, under a new origin. */
export const newEpoch: Run = async (call) => {
  const plan = await operate(async (server) =>
    server.beginEpoch(await configOf(server, call), epochOptions(call)),
  );
  print(
    call,
    plan,
    `${styleOf(call.io).green('begun')}\n${[
      field('epoch', `${plan.epoch}, as ${plain(plan.origin)}`),
      field('next', 'start the gateway, and hand out its new trust.txt: old receipts stay valid'),
    ].join('')}`,
  );
  return EXIT.done;
};
