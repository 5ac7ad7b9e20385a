import type { VNode } from 'preact';
import { absolute } from '../format/time.ts';
import { ASSURANCE_TEXT } from '../format/words.ts';
import { Exact } from '../ui/exact.tsx';
import { Section } from '../ui/parts.tsx';
import type { ApprovalPage, View } from '../wire.ts';
import { Explanation } from './explanation.tsx';
import { nameIn } from './names.ts';

/** Why people are asked, who may answer, how many are still needed, and who may not. */
export const Policy = ({
  page,
  view,
}: {
  readonly page: ApprovalPage;
  readonly view: View;
}): VNode => (
  <Section title="Why policy asks">
    <ul class="why">
      {view.why.map(({ policies, text }, i) => (
        <li key={i}>
          <Exact text={text} />{' '}
          {policies.map((policy) => (
            <a key={policy} class="rule" href={`/policies?id=${encodeURIComponent(policy)}`}>
              {policy}
            </a>
          ))}
        </li>
      ))}
    </ul>
    <h3>Who is asked</h3>
    <ul class="asks">
      {page.requirements.map((one, i) => (
        <li key={i}>
          <Meter have={one.have} need={one.need} />
          <span>
            {one.kind === 'confirm'
              ? `${nameIn(page, view.onBehalfOf ?? view.owner)} confirms`
              : one.groups.join(' or ')}
            <span class="dim">
              {' '}
              by {ASSURANCE_TEXT[one.assurance]}
              {one.stage > 1 ? `, stage ${one.stage}` : ''}
            </span>
          </span>
        </li>
      ))}
    </ul>
    {page.standIns ? (
      <ul class="asks">
        {page.standIns.map((one) => (
          <li key={`${one.person} ${one.for}`}>
            <span>
              <b>{nameIn(page, one.person)}</b> stands for {nameIn(page, one.for)}{' '}
              <span class="dim">until {absolute(Date.parse(one.until))}</span>
            </span>
          </li>
        ))}
      </ul>
    ) : null}
    {view.excluded.length === 0 ? null : (
      <>
        <h3>Who may not answer</h3>
        <ul class="excluded">
          {view.excluded.map(({ human, because }) => (
            <li key={human}>
              <b>{nameIn(page, human)}</b> <span class="dim">{because}</span>
            </li>
          ))}
        </ul>
      </>
    )}
    <Explanation actionId={view.action.id} />
  </Section>
);

const Meter = ({ have, need }: { readonly have: number; readonly need: number }): VNode => (
  <span class={have >= need ? 'meter full' : 'meter'}>
    {have} of {need}
  </span>
);
