// Small charts. What they show is beside them in words, too; sizes are attributes, since the page allows no inline style.
import { dollars } from '../ui/format';
import { percent, scaleOf } from './chart';

/** A bar of how much of a whole is used, and of how much more is expected. */
export function Gauge({ used, whole, expected = 0 }: { used: number; whole: number; expected?: number }) {
  const over = Math.max(used, expected) > whole;
  return (
    <svg class={over ? 'gauge gauge-over' : 'gauge'} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="gauge-whole" width="100" height="8" />
      <rect class="gauge-expected" width={percent(expected, whole)} height="8" />
      <rect class="gauge-used" width={percent(used, whole)} height="8" />
    </svg>
  );
}

interface DaysProps {
  label: string;
  days: readonly string[];
  values: readonly number[];
  cap: number | null;
  capLabel: (cap: string) => string;
}

const HEIGHT = 100;
const WIDE = 10;

export function DayBars({ label, days, values, cap, capLabel }: DaysProps) {
  const { top, showsCap } = scaleOf(values, cap);
  const height = (value: number) => (value / top) * HEIGHT;
  return (
    <div class="chart">
      <p class="chart-top muted small">{dollars(String(top))}</p>
      <svg role="img" aria-label={label} viewBox={`0 0 ${days.length * WIDE} ${HEIGHT}`} preserveAspectRatio="none">
        {days.map((day, nth) => {
          const value = values[nth] ?? 0;
          return (
            <rect key={day} class="chart-bar" x={nth * WIDE + 1} y={HEIGHT - height(value)} width={WIDE - 2} height={height(value)}>
              <title>{`${day}: ${dollars(String(value))}`}</title>
            </rect>
          );
        })}
        {showsCap && cap !== null && <line class="chart-cap" x1="0" x2={days.length * WIDE} y1={HEIGHT - height(cap)} y2={HEIGHT - height(cap)} />}
      </svg>
      <p class="chart-days muted small"><span>{days[0]}</span><span>{days.at(-1)}</span></p>
      {showsCap && cap !== null && <p class="small bad">{capLabel(dollars(String(cap)))}</p>}
    </div>
  );
}
