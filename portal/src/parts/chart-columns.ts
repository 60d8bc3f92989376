import type { Series } from '../api/shapes';

/** Points with an empty one in every gap, so that no line bridges it. Seconds, values, and the values above the limit. */
export function columns(series: Series): [number[], (number | null)[], (number | null)[], number[]] {
  const rows: { at: number; value: number | null; seq: number }[] = series.points.map(([at, value, seq]) => ({ at, value, seq }));
  for (const gap of series.gaps) rows.push({ at: Date.parse(gap.from) + 1, value: null, seq: 0 });
  rows.sort((a, b) => a.at - b.at);
  const over = (v: number | null) => (v != null && series.limit != null && v > series.limit ? v : null);
  return [rows.map((r) => r.at / 1000), rows.map((r) => r.value), rows.map((r) => over(r.value)), rows.map((r) => r.seq)];
}
