import type { VNode } from 'preact';
import { place } from '../app/router.ts';
import { span } from '../format/time.ts';
import { count } from '../format/words.ts';
import { get } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Loaded, PageHead, Section } from '../ui/parts.tsx';
import type { ApprovalReport } from '../wire.ts';

type Share = { readonly count: number; readonly of: number };
type Row = readonly [label: string, share: Share];

/** Whether approvals were considered, of the last 30 days or as the address asks: every figure with what it is of. */
export function ReportPage(): VNode {
  const query = place.value.query.toString();
  const report = useResource(query, () => get<ApprovalReport>(`/v1/reports/approvals?${query}`));
  return (
    <main class="page">
      <PageHead title="Are approvals considered?">
        <a href="/people">People</a>
      </PageHead>
      <Loaded of={report} what="report">
        {(told) => <Report told={told} />}
      </Loaded>
    </main>
  );
}

const spreadText = ({ of, medianMs, p90Ms }: ApprovalReport['timeToDecision']): string =>
  medianMs === undefined
    ? 'none was decided'
    : `decided in ${span(medianMs)} median, ${span(p90Ms ?? 0)} for nine in ten, of ${of}`;

const wordsOf = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const rowsOf = (all: Readonly<Record<string, number>>, of: number): readonly Row[] =>
  Object.entries(all)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => [wordsOf(name), { count: n, of }]);

function Report({ told }: { readonly told: ApprovalReport }): VNode {
  const { requests, fastApprovals, partialApprovals, drills, notAsked, names } = told;
  const { total, ...ends } = requests;
  const { catchRate, ...results } = drills;
  return (
    <>
      <p class="dim">
        {count(total, 'request')} from {told.from.slice(0, 10)} to {told.to.slice(0, 10)};{' '}
        {spreadText(told.timeToDecision)}. Made of the ledger alone.
      </p>
      <Bars
        title="Signs of habit"
        rows={[
          ['denied', told.denials],
          ['nobody answered', told.unanswered],
          [`yes above ${fastApprovals.charactersPerSecond} characters a second`, fastApprovals],
          ['yes on a view that was not whole (must be 0)', partialApprovals],
          ['answered with others at once', told.inBatches],
          ['drills caught', catchRate],
        ]}
      />
      <Bars title="How they ended" rows={rowsOf(ends, total)} />
      <Bars
        title="Time to decision by length"
        rows={told.byLength.map((one) => [
          `${one.from}${one.below === undefined ? ' or more' : ` to ${one.below - 1}`} characters: ${spreadText(one)}`,
          { count: one.requests, of: total },
        ])}
      />
      <Bars
        title="Reviewers"
        rows={told.reviewers.map((one) => [
          `${names[one.person] ?? one.person}, ${span(one.medianMs)} median`,
          { count: one.answered, of: one.asked },
        ])}
      />
      {(['groups', 'channels', 'assurances'] as const).map((what) => (
        <Bars
          key={what}
          title={`By ${what.slice(0, -1)}`}
          rows={told[what].map((one) => [one.name, one])}
        />
      ))}
      <Bars
        title="Drills"
        rows={rowsOf(
          results,
          Object.values(results).reduce((sum, n) => sum + n, 0),
        )}
      />
      <p class="dim">
        Refused: {told.refused.excluded} who stand behind the action, {told.refused.inactive} not
        active. Joined: {told.joined}. Not asked:{' '}
        {Object.entries(notAsked)
          .map(([name, n]) => `${n} ${wordsOf(name)}`)
          .join(', ')}
        .
      </p>
    </>
  );
}

const Bars = ({
  title,
  rows,
}: {
  readonly title: string;
  readonly rows: readonly Row[];
}): VNode | null =>
  rows.length === 0 ? null : (
    <Section title={title}>
      <ul class="cards">
        {rows.map(([label, { count: n, of }]) => (
          <li key={label}>
            <span>{label}</span>
            <span>
              {n} of {of}{' '}
              <meter min={0} max={Math.max(1, of)} value={n}>
                {n} of {of}
              </meter>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
