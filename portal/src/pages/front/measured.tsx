import { useState } from 'preact/hooks';
import type { Station, StationValue } from '../../api/shapes';
import { figure } from '../../parts/figure';
import { Mark, Sim, Tag } from '../../parts/marks';
import { ago, ms } from '../../time';
import { t, w } from '../../words';

const SHOWN = 8;

const ratio = (v: StationValue): number => (typeof v.value === 'number' && v.limit ? v.value / v.limit : -1);
/** The value that a reader should see first: the nearest to its limit, else the first. */
export const worst = (values: StationValue[]): StationValue | undefined => [...values].sort((a, b) => ratio(b) - ratio(a))[0];

export function Measured({ stations, simulated, now }: { stations: Station[]; simulated: boolean; now: number }) {
  const f = w().front;
  const [all, setAll] = useState(false);
  return (
    <section class="band" aria-labelledby="meas-h">
      <div class="wrap">
        <div class="band-head"><h2 id="meas-h">{f.meas}</h2><p class="ink-2">{f.measNote}<Sim on={simulated} /></p></div>
        {stations.length ? (
          <>
            <table class="table meas">
              <thead><tr><th scope="col">{f.measWhere}</th><th scope="col">{f.measArea}</th><th scope="col">{f.measWhat}</th><th scope="col" class="num">{f.measValue}</th><th scope="col">{f.measLimit}</th><th scope="col">{f.measAt}</th></tr></thead>
              <tbody>{stations.slice(0, all ? undefined : SHOWN).map((s) => <Row key={s.id} of={s} now={now} />)}</tbody>
            </table>
            {stations.length > SHOWN ? <p class="mt-4"><button class="btn" type="button" aria-expanded={all} onClick={() => setAll(!all)}>{all ? f.fold : w().views.shown(SHOWN, stations.length)}</button></p> : null}
          </>
        ) : <p class="ink-2">{f.measNone}</p>}
      </div>
    </section>
  );
}

function Row({ of, now }: { of: Station; now: number }) {
  const f = w().front;
  const v = worst(of.values);
  const rest = of.values.filter((x) => x !== v);
  const over = v ? ratio(v) > 1 : false;
  return (
    <tr>
      <th scope="row">{t(of.name)}</th>
      <td class="minor">{t(of.area)}</td>
      <td class="minor">{v ? t(v.title) : w().time.none}</td>
      <td class="num">{v ? <><b>{figure(v.value)}</b> {v.unit}</> : w().time.none}</td>
      <td class="wide">
        {v?.limit == null ? f.noLimit : over ? <span class="mark"><Mark of="due">{f.over} · {v.limit} {v.unit}</Mark> <Tag>{w().feedback.unaudited}</Tag></span> : <Mark of="met">{f.within} · {v.limit} {v.unit}</Mark>}
        {rest.length ? <details><summary>{rest.length + 1}</summary><ul>{of.values.map((x) => <li key={x.attr}>{t(x.title)} <b>{figure(x.value)}</b> {x.unit}</li>)}</ul></details> : null}
      </td>
      <td class="minor">{v ? <time dateTime={v.observed_at}>{ago(ms(v.observed_at), now)}</time> : w().time.none}</td>
    </tr>
  );
}
