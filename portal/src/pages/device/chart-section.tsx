import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { part } from '../../api/client';
import { useResource } from '../../api/resource';
import { serverNow } from '../../clock';
import type { Series } from '../../api/shapes';
import { figure } from '../../parts/figure';
import { Loaded } from '../../parts/feedback';
import { Sim } from '../../parts/marks';
import { ms, span, when } from '../../time';
import { w } from '../../words';

const DAY = 86_400_000;
/** The table shows the newest rows first and no more than this. */
const ROWS = 144;

/** The curve of one value over the last day, with its limit, its gaps and its table. */
export function ChartSection({ device, attr, title, unit, onPoint }: { device: string; attr: string; title: string; unit: string | null; onPoint: (seq: number) => void }) {
  const d = w().device;
  const [table, setTable] = useState(false);
  const range = useMemo(() => { const to = serverNow(); return `from=${new Date(to - DAY).toISOString()}&to=${new Date(to).toISOString()}`; }, [device, attr]);
  const series = useResource<Series>(`/devices/${part(device)}/series?attr=${encodeURIComponent(attr)}&${range}`);
  return (
    <section class="dv-sec" aria-labelledby="c-h">
      <div class="dv-h2"><h2 id="c-h">{d.chart(title)}</h2><p>{[unit, w().feedback.unaudited].filter(Boolean).join(' · ')} <Sim /></p><div class="seg"><button type="button" aria-pressed={!table} onClick={() => setTable(false)}>{d.chartGo}</button><button type="button" aria-pressed={table} onClick={() => setTable(true)}>{d.table}</button></div></div>
      <Loaded from={series}>{(s) => (s.points.length ? (table ? <PointTable of={s} onPoint={onPoint} /> : <Curve of={s} title={title} onPoint={onPoint} />) : <p class="ink-2">{d.noPoints}</p>)}</Loaded>
    </section>
  );
}

function Curve({ of, title, onPoint }: { of: Series; title: string; onPoint: (seq: number) => void }) {
  const d = w().device;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let left = false;
    let handle: { remove(): void } | null = null;
    void import('../../parts/chart').then(({ mountChart }) => { if (!left && box.current) handle = mountChart(box.current, of, { limit: d.limitLine(`${of.limit} ${of.unit ?? ''}`), gap: (length) => d.gap(span(length)) }, onPoint); });
    return () => { left = true; handle?.remove(); };
  }, [of, title]);
  return <div class="ch" ref={box} role="img" aria-label={d.chartAlt(title, of.points.length)} />;
}

function PointTable({ of, onPoint }: { of: Series; onPoint: (seq: number) => void }) {
  const d = w().device;
  const now = serverNow();
  return (
    <div class="ch-table scroll-x" tabIndex={0} role="region" aria-label={d.table}>
      <table class="table">
        <thead><tr><th scope="col">{d.time}</th><th scope="col" class="num">{d.value}</th><th scope="col">{d.quality}</th><th scope="col"><span class="vh">{d.frame}</span></th></tr></thead>
        <tbody>{[...of.points].reverse().slice(0, ROWS).map(([at, value, seq, quality]) => <tr key={`${at}-${seq}`}><th scope="row">{when(at, now)}</th><td class="num">{figure(value)} {of.unit}</td><td>{quality ?? w().time.none}</td><td><button class="linkish" type="button" onClick={() => onPoint(seq)}>{d.seeFrame}</button></td></tr>)}</tbody>
      </table>
      {of.gaps.map((g) => <p key={g.from} class="ink-2">{when(ms(g.from), now)} {d.gap(span((g.to ? ms(g.to) : now) - ms(g.from)))}</p>)}
    </div>
  );
}
