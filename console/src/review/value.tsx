import type { VNode } from 'preact';
import { Exact } from '../ui/exact.tsx';
import type { Json } from '../wire.ts';

/** A JSON value, drawn whole: every member, every letter, with its type to be seen. Nothing is cut or folded away. */
export function Value({ value }: { readonly value: Json }): VNode {
  if (typeof value === 'string')
    return value === '' ? <span class="dim">empty text</span> : <Exact text={value} />;
  if (value === null) return <span class="literal">null</span>;
  if (typeof value !== 'object') return <span class="literal">{String(value)}</span>;
  if (Array.isArray(value)) return <Items items={value as readonly Json[]} />;
  return <Members of={value as { readonly [name: string]: Json }} />;
}

const Items = ({ items }: { readonly items: readonly Json[] }): VNode => {
  if (items.length === 0) return <span class="dim">empty list</span>;
  const isFlat = items.every((one) => typeof one !== 'object' || one === null);
  return (
    <ol class={isFlat ? 'items flat' : 'items'} start={0}>
      {items.map((one, i) => (
        <li key={i}>
          <Value value={one} />
        </li>
      ))}
    </ol>
  );
};

/** Members in the order of their names, which is the order that is hashed. */
export const Members = ({ of }: { readonly of: { readonly [name: string]: Json } }): VNode => {
  const names = Object.keys(of).toSorted();
  if (names.length === 0) return <span class="dim">no members</span>;
  return (
    <dl class="members">
      {names.map((name) => (
        <div key={name}>
          <dt>
            <Exact text={name} />
          </dt>
          <dd>
            <Value value={of[name] ?? null} />
          </dd>
        </div>
      ))}
    </dl>
  );
};
