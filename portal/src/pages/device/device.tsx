import { useState } from 'preact/hooks';
import { part } from '../../api/client';
import { useResource } from '../../api/resource';
import type { Device, DeviceValue } from '../../api/shapes';
import type { PageProps } from '../../app';
import { useNow } from '../../clock';
import { figure } from '../../parts/figure';
import { Loaded } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { Mark, Sim, StateIcon, Tag } from '../../parts/marks';
import { ago, clockSeconds, clockTime, ms, span, when } from '../../time';
import { useTitle } from '../../title';
import { t, w } from '../../words';
import { FrameView } from './frame-view';
import { ChartSection } from './chart-section';
import { Refusals } from './refusals';
import './device.css';

const DAY = 86_400_000;

/** One device: status, values, curve, frame, refusals, in that order. */
export default function DevicePage({ params }: PageProps) {
  const id = params.id ?? '';
  const device = useResource<Device>(`/devices/${part(id)}`, [`device:${id}`, 'devices']);
  useTitle(t(device.data?.name) || w().device.devices);
  return <Page staff simulated={device.data?.simulated ?? true} className="device"><div class="wrap"><Loaded from={device} lines={10}>{(d) => <Content of={d} />}</Loaded></div></Page>;
}

function Content({ of }: { of: Device }) {
  const d = w().device;
  const now = useNow();
  const [attr, setAttr] = useState<string | null>(null);
  const [seq, setSeq] = useState<number | null>(null);
  const overs = of.values.filter((v) => typeof v.value === 'number' && v.limit != null && v.value > v.limit);
  const drawn = of.values.find((v) => v.attr === attr) ?? overs[0] ?? of.values.find((v) => typeof v.value === 'number');
  const last = of.values.reduce((n, v) => Math.max(n, v.seq), 0);
  const showFrame = (n: number) => { setSeq(n); requestAnimationFrame(() => document.getElementById('f-h')?.scrollIntoView({ block: 'start' })); };
  return (
    <>
      <nav class="crumb" aria-label={d.crumb}><ol><li><a href="/devices">{d.devices}</a></li><li aria-current="page">{t(of.name)}</li></ol></nav>
      <div class="dv-head">
        <h1>{t(of.name)}</h1>
        <ul class="dv-meta"><li>{of.protocol}</li><li>{d.login} <code>{of.login}</code></li>{of.subject ? <li>{t(of.subject.name)}</li> : null}<li><Sim on={of.simulated} /></li></ul>
      </div>
      <Status of={of} now={now} over={overs[0] ?? null} />
      <section class="dv-sec" aria-labelledby="v-h">
        <div class="dv-h2"><h2 id="v-h">{d.values}</h2><p>{d.valuesNote}</p></div>
        {of.values.length ? <Values of={of.values} drawn={drawn?.attr ?? null} onDraw={setAttr} onFrame={showFrame} /> : <p class="ink-2">{d.none}</p>}
      </section>
      {drawn ? <ChartSection device={of.id} attr={drawn.attr} title={t(drawn.title)} unit={drawn.unit ?? null} onPoint={showFrame} /> : null}
      {seq ?? last ? <FrameView device={of.id} seq={seq ?? last} /> : null}
      <Refusals of={of.refused} now={now} />
    </>
  );
}

function Status({ of, now, over }: { of: Device; now: number; over: DeviceValue | null }) {
  const d = w().device;
  const lastAt = ms(of.last_report_at);
  const late = !Number.isFinite(lastAt) || now - lastAt > of.promise_minutes * 60_000 * 2;
  const gaps = of.gaps.reduce((sum, g) => sum + ((g.to ? ms(g.to) : now) - ms(g.from)), 0);
  return (
    <section class="dv-status" aria-labelledby="s-h">
      <h2 class="vh" id="s-h">{d.now}</h2>
      <dl>
        <div><dt>{d.now}</dt><dd>{over ? <><Mark of="due"><b>{w().front.over}</b></Mark>{t(over.title)} {figure(over.value)} {over.unit}</> : <><Mark of={late ? 'hint' : 'met'}><b>{t(of.state_title) || of.state}</b></Mark></>}</dd></div>
        <div><dt>{d.last}</dt><dd><b>{Number.isFinite(lastAt) ? ago(lastAt, now) : d.never}</b>{Number.isFinite(lastAt) ? clockSeconds(lastAt) : ''}</dd></div>
        <div><dt>{d.promise}</dt><dd><b>{d.promiseText(span(of.promise_minutes * 60_000))}</b></dd></div>
        <div><dt>{d.kept}</dt><dd><span class="mark"><StateIcon of={of.kept.share >= 0.95 ? 'met' : 'hint'} /><b>{(of.kept.share * 100).toFixed(1)} %</b></span>{d.frames(of.kept.received, of.kept.expected)}</dd></div>
        <div><dt>{d.gaps}</dt><dd><b>{d.gapsText(of.gaps.length, span(gaps))}</b></dd></div>
        <div><dt>{d.refused}</dt><dd><b>{d.refusedText(of.refused.length)}</b>{of.refused.length ? <a href="#ref-h">{d.seeWhy}</a> : null}</dd></div>
      </dl>
      <Strip of={of} now={now} />
    </section>
  );
}

/** Which parts of the last day have frames: a whole line, a dotted one where they are missing, a stroke for each refusal. */
function Strip({ of, now }: { of: Device; now: number }) {
  const d = w().device;
  const [fixed] = useState(now);
  const end = Math.max(fixed, ms(of.now));
  const from = end - DAY;
  const x = (at: number) => Math.min(1440, Math.max(0, ((at - from) / DAY) * 1440));
  const gaps = of.gaps.map((g) => ({ a: x(ms(g.from)), b: x(g.to ? ms(g.to) : end), g })).filter((g) => g.b > g.a).sort((p, q) => p.a - q.a);
  let path = '';
  let at = 0;
  for (const g of gaps) { if (g.a > at) path += `M${at.toFixed(1)} 10H${g.a.toFixed(1)}`; at = Math.max(at, g.b); }
  if (at < 1440) path += `M${at.toFixed(1)} 10H1440`;
  return (
    <div class="dv-strip">
      <p class="dv-strip-n"><span>{d.strip(when(from, end))}</span><span class="dv-key"><svg width="20" height="8" aria-hidden="true"><path class="st-line" d="M0 4H20" /></svg>{d.arrived}<svg width="20" height="8" aria-hidden="true"><path class="st-gap" d="M0 4H20" /></svg>{d.missing}<svg width="3" height="14" aria-hidden="true"><path class="st-ref" d="M1.5 0V14" /></svg>{d.refused}</span></p>
      <div class="strip">
        <svg viewBox="0 0 1440 20" preserveAspectRatio="none" role="img" aria-label={d.stripAlt(of.gaps.length, of.refused.length)}>
          <path class="st-line" d={path} /><path class="st-gap" d={gaps.map((g) => `M${g.a.toFixed(1)} 10H${g.b.toFixed(1)}`).join('')} />
          <path class="st-ref" d={of.refused.map((r) => `M${x(ms(r.at)).toFixed(1)} 0V20`).join('')} />
        </svg>
        {gaps.filter((g) => g.b - g.a > 20).slice(0, 3).map((g) => <span key={g.a} class="strip-g" style={{ left: `${Math.min(92, Math.max(8, ((g.a + g.b) / 2880) * 100))}%` }}>{d.gapLabel(clockTime(ms(g.g.from)), g.g.to ? clockTime(ms(g.g.to)) : d.now, span((g.g.to ? ms(g.g.to) : end) - ms(g.g.from)))}</span>)}
      </div>
    </div>
  );
}

function Values({ of, drawn, onDraw, onFrame }: { of: DeviceValue[]; drawn: string | null; onDraw: (attr: string) => void; onFrame: (seq: number) => void }) {
  const d = w().device;
  return (
    <table class="table dv-vals stack">
      <thead><tr><th scope="col">{d.factor}</th><th scope="col" class="num">{d.value}</th><th scope="col">{d.unit}</th><th scope="col">{d.quality}</th><th scope="col" class="num">{d.limit}</th><th scope="col">{d.ratio}</th><th scope="col" class="num">{d.at}</th><th scope="col"><span class="vh">{d.frame}</span></th></tr></thead>
      <tbody>
        {of.map((v) => {
          const number = typeof v.value === 'number' ? v.value : null;
          const ratio = number != null && v.limit ? number / v.limit : null;
          const over = ratio != null && ratio > 1;
          return (
            <tr key={v.attr} class={over ? 'over' : ''}>
              <th scope="row">{t(v.title)} <code>{v.attr}</code></th>
              <td class="num val" data-l={d.value}>{figure(v.value)}</td>
              <td data-l={d.unit}>{v.unit || w().time.none}</td>
              <td data-l={d.quality}>{v.quality ?? w().time.none}</td>
              <td class="num" data-l={d.limit}>{v.limit ?? w().time.none}</td>
              <td data-l={d.ratio}>{ratio == null ? d.noLimit : over ? <span class="mark word-red"><StateIcon of="due" size="s" />{d.overBy(((ratio - 1) * 100).toFixed(0))} <Tag>{w().feedback.unaudited}</Tag></span> : d.ofLimit((ratio * 100).toFixed(0))}</td>
              <td class="num" data-l={d.at}><time dateTime={v.observed_at}>{clockSeconds(ms(v.observed_at))}</time></td>
              <td class="dv-go">{number != null ? <button class="linkish" type="button" aria-pressed={v.attr === drawn} onClick={() => onDraw(v.attr)}>{d.chartGo}<span class="vh"> {t(v.title)}</span></button> : null}<button class="linkish" type="button" onClick={() => onFrame(v.seq)}>{d.seeFrame}<span class="vh"> {t(v.title)}</span></button></td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
