// Receipts of actions that nobody, or not everybody, was asked about (EV-18).
import { must, review, who } from './office.ts';
import { openFixedOffice, receiptOf, type Ended } from './vector-story.ts';

const another = (n: number) => ({ arguments: { table: `t${n}` } });

/** How an action ends that is one too many, and one that is asked of fewer. */
export async function floodEnds(): Promise<readonly Ended[]> {
  const full = openFixedOffice(review());
  for (const n of [1, 2, 3]) must(await full.propose(another(n)));
  const { status: over } = must(await full.propose(another(4)));

  const locked = openFixedOffice(review());
  for (const n of [1, 2, 3]) {
    const { status } = must(await locked.propose(another(n)));
    const no = await locked.ballotOf(status.id, { choice: 'deny' });
    must(await locked.gatekeeper.vote(who(locked, 'dana'), no));
  }
  const { status: reworded } = must(await locked.propose(another(4)));

  const tired = openFixedOffice(review());
  const at = tired.clock();
  for (let n = 0; n < 500; n++)
    tired.parts.attention.take({ approvalId: `apr_${n}`, at, agent: 'data-bot', humans: ['dana'] });
  const { status: spared } = must(await tired.propose());
  must(await tired.gatekeeper.vote(who(tired, 'dana'), await tired.ballotOf(spared.id)));

  return [
    {
      name: 'EV-18 the agent has enough waiting, and nobody was asked',
      state: 'budget-exhausted',
      receipt: await receiptOf(full.store, over.id),
    },
    {
      name: 'EV-18 people denied what is like it, and nobody was asked',
      state: 'denied-before',
      receipt: await receiptOf(locked.store, reworded.id),
    },
    {
      name: 'EV-18 one was spared, and answered all the same',
      state: 'approved',
      receipt: await receiptOf(tired.store, spared.id),
    },
  ];
}
