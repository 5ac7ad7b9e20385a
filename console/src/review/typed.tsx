import type { VNode } from 'preact';
import { Exact } from '../ui/exact.tsx';
import type { Json, View } from '../wire.ts';
import { sqlPieces } from './sql.ts';
import { Members, Value } from './value.tsx';

type Record = { readonly [name: string]: Json };
const isRecord = (value: Json): value is Record =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWords = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one: Json) => typeof one === 'string');

const STATEMENTS = ['statement', 'sql', 'query'];

/** The arguments as what they are: a command, a statement, a request; and whatever else there is, member by member. */
export function TypedArguments({ view }: { readonly view: View }): VNode {
  const { type } = view.action;
  const given = view.action.arguments;
  if (!isRecord(given)) return <Value value={given} />;
  const { argv } = given;
  if (isWords(argv)) return <Parts top={<Command argv={argv} />} rest={without(given, ['argv'])} />;
  const statement = STATEMENTS.find((name) => typeof given[name] === 'string');
  const text = statement === undefined ? undefined : given[statement];
  if (type.startsWith('sql.') && statement !== undefined && typeof text === 'string')
    return <Parts top={<Statement text={text} />} rest={without(given, [statement])} />;
  if (typeof given['method'] === 'string' && typeof given['url'] === 'string')
    return (
      <Parts
        top={<Request method={given['method']} url={given['url']} />}
        rest={without(given, ['method', 'url'])}
      />
    );
  return <Members of={given} />;
}

const without = (given: Record, names: readonly string[]): Record =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));

const Parts = ({ top, rest }: { readonly top: VNode; readonly rest: Record }): VNode => (
  <>
    {top}
    {Object.keys(rest).length > 0 ? <Members of={rest} /> : null}
  </>
);

/** A command word by word, each in a box of its own, so that no word can pass for two. */
const Command = ({ argv }: { readonly argv: readonly string[] }): VNode => (
  <ol class="argv" aria-label="Command, word by word">
    {argv.map((word, i) => (
      <li key={i}>{word === '' ? <span class="dim">empty word</span> : <Exact text={word} />}</li>
    ))}
  </ol>
);

const Statement = ({ text }: { readonly text: string }): VNode => (
  <pre class="statement">
    {sqlPieces(text).map(({ kind, text: part }, i) =>
      kind === 'plain' ? (
        <Exact key={i} text={part} />
      ) : (
        <span key={i} class={kind}>
          <Exact text={part} />
        </span>
      ),
    )}
  </pre>
);

const Request = ({ method, url }: { readonly method: string; readonly url: string }): VNode => (
  <pre class="statement">
    <span class="keyword">
      <Exact text={method} />
    </span>{' '}
    <Exact text={url} />
  </pre>
);
