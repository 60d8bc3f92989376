import { useEffect, useState } from 'preact/hooks';
import { useResource } from '../../api/resource';
import type { Articles, CityMap as City, Front } from '../../api/shapes';
import { useNow } from '../../clock';
import { CityMap, hasShape } from '../../parts/city-map';
import { Loaded } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { LevelMark, LevelWord, Sim } from '../../parts/marks';
import { Pulse, Tally, tallyOf } from '../../parts/pulse';
import { usePlace } from '../../router';
import { clockTime, ms, nowLine, span, when } from '../../time';
import { useTitle } from '../../title';
import { fullWidth, language, t, w } from '../../words';
import { Alarm, ByLevel } from './alarms';
import { Duties } from './duties';
import { Measured } from './measured';
import './front.css';

/** Everyone's first page: what is urgent, what it means, what the city owes, how to tell it something. */
export default function FrontPage() {
  const front = useResource<Front>('/front', ['front']);
  const f = w().front;
  useTitle(f.title);
  return (
    <Page simulated={front.data?.simulated ?? true} dock={<><a class="btn btn-primary" href="/report">{w().frame.report}</a><a class="btn" href="/follow">{w().frame.follow}</a></>}>
      <Loaded from={front} lines={8}>{(data) => <Content data={data} />}</Loaded>
    </Page>
  );
}

function Content({ data }: { data: Front }) {
  const map = useResource<City>('/map', ['map', 'front']);
  const articles = useResource<Articles>('/articles', ['law']);
  const now = Math.max(useNow(10_000), ms(data.now));
  const { anchor } = usePlace();
  const [all, setAll] = useState(false);
  const f = w().front;
  const city = t(data.city) || w().city;
  const urgent = data.alarms.filter((a) => a.level === 1);
  const shown = all ? data.alarms : urgent;
  useEffect(() => { if (anchor) document.getElementById(anchor)?.scrollIntoView(); }, [anchor, !!map.data]);
  const list = articles.data?.articles ?? [];
  return (
    <>
      <section class="now" aria-labelledby="now-h">
        <div class="wrap now-grid">
          <div>
            <p class="now-time"><time dateTime={data.now}>{nowLine(now)}</time><Sim on={data.simulated} /></p>
            <h1 id="now-h">{urgent.length ? f.urgent(city, urgent.length) : f.calm(city)}</h1>
            <p class="lead">{urgent.length ? `${urgent.map((a) => t(a.headline)).slice(0, 2).join(language() === 'en' ? '; ' : '；')}${language() === 'en' ? '. ' : '。'}${f.lead}` : f.calmLead}</p>
            {shown.length ? <ol class="reds">{shown.map((a) => <Alarm key={a.id} of={a} now={now} />)}</ol> : null}
            <div class="others">
              <ByLevel alarms={data.alarms} />
              {data.alarms.length > urgent.length || all ? <button class="linkish" type="button" aria-expanded={all} onClick={() => setAll(!all)}>{all ? f.fold : f.all(data.alarms.length)}</button> : data.alarms.length ? null : <span>{f.none}</span>}
            </div>
            <div class="warns"><h2 class="warns-h">{f.owes}</h2><Owes of={data.owes} /></div>
          </div>
          <div id="map">
            {map.data && hasShape(map.data) ? (
              <CityMap city={map.data} simulated={data.simulated} title={f.mapTitle(map.data.points.filter((p) => p.level).length)} marks={map.data.points.filter((p) => p.level).map((p) => ({ id: p.id, lon: p.lon, lat: p.lat, level: p.level ?? null, large: p.level === 1, ...(p.level === 1 ? { label: t(p.name), sub: t(p.type) } : {}) }))} />
            ) : null}
            <AlarmTable data={data} now={now} />
          </div>
        </div>
      </section>
      <Duties articles={list} simulated={data.simulated} now={now} />
      <section class="band band-sunk" aria-labelledby="tell-h">
        <div class="wrap">
          <div class="band-head"><h2 id="tell-h">{f.tell}</h2></div>
          <ul class="tell">
            <li><h3>{f.tellSee}</h3><p>{f.tellSeeText}</p><a class="btn btn-primary" href="/report">{w().frame.report}</a></li>
            <li><h3>{f.tellAsk}</h3><p>{f.tellAskText}</p><a class="btn" href="/follow">{w().frame.follow}</a></li>
            <li><h3>{f.tellLaw}</h3><p>{f.tellLawText}</p><a class="btn" href="/law">{f.tellLawGo}</a></li>
          </ul>
          <p class="tell-sum">{f.tellSum(data.reports.today, data.reports.open, data.reports.closed_today)}<Sim on={data.simulated} /></p>
        </div>
      </section>
      <Measured stations={data.stations} simulated={data.simulated} now={now} />
      <section class="lawband" aria-labelledby="law-h">
        <div class="wrap">
          <h2 id="law-h">{f.law}</h2>
          {list[0]?.paragraphs[0] ? <p class="first">{language() === 'en' ? list[0].paragraphs[0].text_en : fullWidth(list[0].paragraphs[0].text)}</p> : null}
          {list.length ? <><Pulse articles={list} /><Tally of={tallyOf(list)} /></> : null}
          <p class="actions"><a class="btn" href="/law">{f.lawOpen}</a><span class="note-line">{f.lawNote}<Sim on={data.simulated} /></span></p>
        </div>
      </section>
    </>
  );
}

function Owes({ of }: { of: Front['owes'] }) {
  const f = w().front;
  return <><Tally of={of} /><a class="tall" href="/law">{f.open}</a></>;
}

/** The twin of the map, for everyone who does not look at drawings. */
function AlarmTable({ data, now }: { data: Front; now: number }) {
  const f = w().front;
  if (!data.alarms.length) return null;
  return (
    <table class="table map-list">
      <caption class="vh">{f.mapTable(data.alarms.length)}</caption>
      <thead><tr><th scope="col">{f.colAlarm}</th><th scope="col">{f.colWhat}</th><th scope="col">{f.colWhere}</th><th scope="col" class="num">{f.colSince}</th></tr></thead>
      <tbody>
        {data.alarms.slice(0, 12).map((a) => {
          const since = ms(a.since);
          return <tr key={a.id}><td class="nw"><span class="mark"><LevelMark of={a.level} size="s" silent /><LevelWord of={a.level} short /></span></td><td>{t(a.headline)}</td><td>{t(a.place)}</td><td class="num"><time dateTime={a.since} title={span(now - since)}>{now - since < 86_400_000 ? clockTime(since) : when(since, now)}</time></td></tr>;
        })}
      </tbody>
    </table>
  );
}
