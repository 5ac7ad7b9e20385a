import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { get } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Exact } from '../ui/exact.tsx';
import { Loaded } from '../ui/parts.tsx';
import type { Json } from '../wire.ts';

type Record = { readonly record: Json; readonly policySet: Json };

/** What policy was asked about the action and by which set it answered: enough to ask it again. Read when it is opened. */
export function Explanation({ actionId }: { readonly actionId: string }): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="dim">What policy was asked, and what it answered</summary>
      {isOpen ? <Read actionId={actionId} /> : null}
    </details>
  );
}

function Read({ actionId }: { readonly actionId: string }): VNode {
  const explanation = useResource(actionId, () =>
    get<Record>(`/v1/actions/${actionId}/explanation`),
  );
  return (
    <Loaded of={explanation} what="explanation">
      {(found) => (
        <pre class="raw opened">
          <Exact text={JSON.stringify(found, undefined, 2)} />
        </pre>
      )}
    </Loaded>
  );
}
