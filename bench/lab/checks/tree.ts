import { createTree, hashLeaf, toBytes, utf8 } from '@countersign/core';
import type { Evidence } from '../evidence.ts';
import type { Tell } from '../violation.ts';

type Heads = Pick<Evidence, 'head' | 'checkpoints'>;

/** Recomputes the tree: the head's root, and that of every checkpoint seen on the way, must be those of these entries. */
export function createTreeCheck(tell: Tell, { head, checkpoints }: Heads) {
  const tree = createTree();
  const waiting = checkpoints.toSorted((a, b) => a.size - b.size);
  let next = 0;

  function compare(): void {
    const root = Buffer.from(toBytes(tree.root())).toString('base64');
    for (let seen = waiting[next]; seen?.size === tree.size(); seen = waiting[++next])
      if (seen.root !== root)
        tell({
          rule: 'checkpoint-differs',
          seqs: [seen.size],
          ids: [seen.from],
          detail: `a checkpoint of ${seen.size} entries says ${seen.root}, they hash to ${root}`,
        });
    if (head.size === tree.size() && head.root !== root)
      tell({
        rule: 'root-differs',
        seqs: [head.size],
        ids: [],
        detail: `${head.size} entries hash to ${root}, but ${head.root} was signed`,
      });
  }

  compare();
  return {
    push: (entry: string): void => {
      tree.push(hashLeaf(utf8(entry)));
      compare();
    },
    end: (): void => {
      if (tree.size() < head.size)
        tell({
          rule: 'root-differs',
          seqs: [tree.size()],
          ids: [],
          detail: `${head.size} entries were signed, ${tree.size()} are there`,
        });
      for (const { size, from } of waiting.slice(next))
        tell({
          rule: 'checkpoint-differs',
          seqs: [size],
          ids: [from],
          detail: `a checkpoint of ${size} entries was served, ${tree.size()} are there`,
        });
    },
  };
}
