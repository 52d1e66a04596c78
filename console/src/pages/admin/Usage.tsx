// What the tenant spends, against its budgets, and what the month will come to; and how much of the caller's limits is used.
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { Budget, Costs, Usage as Limits } from '../../api/types';
import { Head } from '../../kit/Area';
import { DayBars, Gauge } from '../../kit/Chart';
import { type Month, daily, dayOf, daysBetween, forecast, monthOf, shifted } from '../../kit/chart';
import { Table } from '../../kit/List';
import { useRead } from '../../kit/read';
import { Reading } from '../../kit/Reading';
import { kit } from '../../kit/strings';
import { address } from '../../router';
import { en } from '../../strings';
import { dollars } from '../../ui/format';
import { Empty, Moment, Money } from '../../ui/parts';
import { admin } from './strings';

const words = admin.usage;
/** The API tells of 92 days. */
const MONTHS = [0, 1, 2];
/** Before the month, for a forecast on its first days. */
const DAYS_BEFORE = 7;
const BYS = ['model', 'phase', 'task'] as const;
type By = (typeof BYS)[number];

const costs = (by: Costs['by'], from: string, to: string) => body(api.GET('/api/costs', { params: { query: { by, from, to } } })) as Promise<Costs>;

export function Usage() {
  const today = dayOf(Date.now());
  const [before, setBefore] = useState(0);
  const [by, setBy] = useState<By>('model');
  const month = monthOf(today, before);
  return (
    <>
      <Head title={en.admin.usage} lead={words.lead}>
        <label class="inline-field">
          {words.month}
          <select class="select" value={String(before)} onChange={(event) => setBefore(Number(event.currentTarget.value))}>
            {MONTHS.map((back) => <option key={back} value={String(back)}>{monthOf(today, back).name}</option>)}
          </select>
        </label>
      </Head>
      <Days key={month.name} month={month} today={today} />
      <section class="kit-part" aria-label={words.by}>
        <header class="page-head">
          <h2>{words.by}</h2>
          <div class="segmented" role="group" aria-label={words.by}>
            {BYS.map((one) => <button key={one} type="button" aria-pressed={one === by} onClick={() => setBy(one)}>{words.bys[one]}</button>)}
          </div>
        </header>
        <Shares key={`${month.name}/${by}`} month={month} by={by} />
      </section>
      <LimitsUsed />
    </>
  );
}

function Days({ month, today }: { month: Month; today: string }) {
  const isNow = month.last >= today;
  const read = useRead<Costs>(() => costs('day', isNow ? shifted(month.first, -DAYS_BEFORE) : month.first, isNow ? today : month.last));
  return (
    <Reading of={read}>
      {(known) => {
        const all = daysBetween(known.from, known.to);
        const values = daily(known.data, all);
        const days = daysBetween(month.first, isNow ? today : month.last);
        const shown = daily(known.data, days);
        const total = dollars(String(shown.reduce((sum, value) => sum + value, 0)));
        const cap = known.budgets.find(({ period }) => period === 'day')?.cap_usd;
        return (
          <>
            {isNow && <Budgets known={known} expected={forecast(all, values, today)} />}
            <section class="kit-part" aria-label={words.days}>
              <h2>{words.days}: {total}</h2>
              <figure class="kit-card">
                <DayBars label={words.chart(total, days[0] ?? '', days.at(-1) ?? '')} days={days} values={shown} cap={cap ? Number(cap) : null} capLabel={words.cap} />
                <details>
                  <summary>{words.asTable}</summary>
                  <Table
                    label={words.days}
                    rows={days.map((day, nth) => ({ day, cost: String(shown[nth] ?? 0) }))}
                    id={({ day }) => day}
                    columns={[
                      { name: words.columns.day, cell: ({ day }) => day },
                      { name: words.columns.cost, kind: 'right', cell: ({ cost }) => <Money amount={cost} /> },
                    ]}
                  />
                </details>
              </figure>
            </section>
          </>
        );
      }}
    </Reading>
  );
}

function Budgets({ known, expected }: { known: Costs; expected: number | null }) {
  return (
    <section class="kit-part" aria-label={words.budgets}>
      <h2>{words.budgets}</h2>
      <div class="kit-cards">
        {known.budgets.map((budget) => <OneBudget key={budget.period} budget={budget} expected={budget.period === 'month' ? expected : null} />)}
        <div class="kit-card">
          <h3>{words.tokens}</h3>
          <p>{words.allowed(known.tokens_today.used, known.tokens_today.cap)}</p>
          <Gauge used={known.tokens_today.used} whole={known.tokens_today.cap} />
        </div>
      </div>
    </section>
  );
}

function OneBudget({ budget, expected }: { budget: Budget; expected: number | null }) {
  const [spent, cap] = [Number(budget.spent_usd), Number(budget.cap_usd)];
  const sum = expected === null ? '' : dollars(String(expected));
  return (
    <div class="kit-card">
      <h3>{words.period[budget.period]}</h3>
      <p>
        {words.of(dollars(budget.spent_usd), dollars(budget.cap_usd))}{' '}
        {budget.alert_percent != null && <span class="badge badge-bad">{words.alert(budget.alert_percent)}</span>}
      </p>
      <Gauge used={spent} whole={cap} expected={expected ?? 0} />
      {budget.period === 'month' && (
        <p class={expected !== null && expected > cap ? 'bad small' : 'muted small'}>
          {expected === null ? words.noForecast : expected > cap ? words.forecastOver(sum) : words.forecast(sum)}
        </p>
      )}
    </div>
  );
}

function Shares({ month, by }: { month: Month; by: By }) {
  const today = dayOf(Date.now());
  const read = useRead<Costs>(() => costs(by, month.first, month.last > today ? today : month.last));
  const what = (value: string) => {
    if (by === 'task') return <a href={address(['tasks', value])}>{value}</a>;
    return by === 'phase' ? (en.facts.phase[value] ?? value) : value;
  };
  return (
    <Reading of={read}>
      {({ data, total_usd }) =>
        data.length === 0 ? (
          <Empty {...words.empty} />
        ) : (
          <Table
            label={`${words.by}: ${words.bys[by]}`}
            rows={data}
            id={(line) => line.value}
            columns={[
              { name: words.columns.what, cell: (line) => what(line.value) },
              { name: words.columns.share, kind: 'long', cell: (line) => <Gauge used={Number(line.cost_usd)} whole={Number(total_usd)} /> },
              { name: words.columns.calls, kind: 'right', cell: (line) => line.calls?.toLocaleString('en') ?? kit.nothing },
              { name: words.columns.cost, kind: 'right', cell: (line) => <Money amount={line.cost_usd} /> },
            ]}
          />
        )
      }
    </Reading>
  );
}

function LimitsUsed() {
  const read = useRead<Limits>(() => body(api.GET('/api/usage')) as Promise<Limits>);
  return (
    <section class="kit-part" aria-label={words.limits}>
      <h2>{words.limits}</h2>
      <Reading of={read}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty {...words.noLimits} />
          ) : (
            <Table
              label={words.limits}
              rows={data}
              id={(line) => line.limit}
              columns={[
                { name: words.columns.limit, cell: (line) => words.limit(line.limit) },
                { name: words.columns.used, kind: 'right', cell: (line) => words.allowed(line.used, line.allowed) },
                { name: words.columns.share, kind: 'long', cell: (line) => <Gauge used={line.used} whole={line.allowed} /> },
                { name: words.columns.resets, cell: (line) => <Moment at={line.resets_at} /> },
              ]}
            />
          )
        }
      </Reading>
    </section>
  );
}
