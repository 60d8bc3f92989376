import { useResource } from '../../api/resource';
import type { OwnView, Owned } from '../../api/shapes';
import { useNow } from '../../clock';
import { Empty, Loaded } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { Sim, StateIcon, Tag } from '../../parts/marks';
import { ago, ms, when } from '../../time';
import { useTitle } from '../../title';
import { t, w } from '../../words';
import './firm.css';

/** What a firm sees of its own: what was accepted, what was refused and why, what is suspected. Nothing of others. */
export default function FirmPage() {
  const f = w().firm;
  useTitle(f.title);
  const firm = useResource<OwnView>('/firm', ['firm', 'devices', 'device']);
  const now = useNow(5000);
  return (
    <Page staff>
      <div class="wrap">
        <Loaded from={firm}>
          {(data) => (
            <>
              <header class="head"><h1>{t(data.firm)}</h1><p>{f.title} <Sim /></p></header>
              <p class="ink-2 firm-lead">{f.lead}</p>
              {data.outfalls.length ? data.outfalls.map((o) => <One key={o.id} of={o} now={now} />) : <Empty title={f.empty}><p>{f.emptyText}</p></Empty>}
            </>
          )}
        </Loaded>
      </div>
    </Page>
  );
}

function One({ of, now }: { of: Owned; now: number }) {
  const f = w().firm;
  const d = w().device;
  return (
    <section class="firm-o" aria-labelledby={`o-${of.id}`}>
      <div class="dv-h2"><h2 id={`o-${of.id}`}>{t(of.name)}</h2><p>{[t(of.state_title) || of.state, `${d.last} ${of.last_report_at ? ago(ms(of.last_report_at), now) : d.never}`].join(' · ')}</p><a href={of.link}>{f.open}</a></div>
      <dl class="firm-n"><div><dt>{f.accepted}</dt><dd><b>{f.frames(of.accepted)}</b></dd></div><div><dt>{f.refused}</dt><dd><b>{f.frames(of.refused_count)}</b></dd></div><div><dt>{d.kept}</dt><dd><b>{(of.kept.share * 100).toFixed(1)} %</b> {d.frames(of.kept.received, of.kept.expected)}</dd></div></dl>
      <h3>{f.suspected} <Tag>{w().feedback.unaudited}</Tag></h3>
      {of.suspected.length ? <ul class="firm-l">{of.suspected.map((s, i) => <li key={i}><StateIcon of="due" /><span><b>{t(s.headline)}</b>{s.limit != null ? ` · ${f.limit(String(s.limit))}` : ''}</span><time dateTime={s.at}>{when(ms(s.at), now)}</time></li>)}</ul> : <p class="ink-2">{f.none}</p>}
      <h3>{d.refusedH}</h3>
      {of.refused.length ? <ul class="firm-l">{of.refused.map((r, i) => <li key={i}><StateIcon of="not_judged" /><span>{t(r.reason)}</span><time dateTime={r.at}>{when(ms(r.at), now)}</time></li>)}</ul> : <p class="ink-2">{f.none}</p>}
    </section>
  );
}
