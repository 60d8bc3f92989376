import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CityMap, QueueItem } from '../../api/shapes';
import { Areas, isWater } from '../../parts/city-map';
import { curve, fit, lines, metres } from '../../parts/geo';
import { LevelMark, LevelWord, Sim } from '../../parts/marks';
import { clockTime, ms } from '../../time';
import { t, w } from '../../words';
import type { MapHandle } from '../../parts/map-gl';
import { DeskDrawing } from './desk-drawing';

export interface Spot { id: string; lon: number; lat: number; level: number; label: string }
export interface Joined { from: Spot | null; to: Spot[]; radius: number }

const located = (i: QueueItem): Spot | null => (i.lon == null || i.lat == null ? null : { id: i.id, lon: i.lon, lat: i.lat, level: i.level, label: t(i.headline) });

/** The city round the open case. MapLibre where the browser can, our own drawing where it cannot, and always a list. */
export function DeskMap({ city, items, open, mates, list, setList, onOpen }: {
  city: CityMap; items: QueueItem[]; open: string | null; mates: string[]; list: boolean; setList: (on: boolean) => void; onOpen: (id: string) => void;
}) {
  const d = w().desk;
  const spots = useMemo(() => items.map(located).filter((s) => s !== null), [items]);
  const from = spots.find((s) => s.id === open) ?? null;
  const to = spots.filter((s) => mates.includes(s.id));
  const radius = from ? Math.max(0, ...to.map((s) => metres(from, s))) : 0;
  const joined: Joined = { from, to, radius };
  const [handle, setHandle] = useState<MapHandle | null>(null);
  const [plain, setPlain] = useState(!canDraw());
  const [zoom, setZoom] = useState(0);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (plain || list || !box.current) return undefined;
    let map: MapHandle | null = null;
    let left = false;
    import('../../parts/map-gl').then(({ mountMap }) => {
      if (left || !box.current) return;
      map = mountMap(box.current, city, onOpen, () => setPlain(true));
      setHandle(map);
    }).catch(() => setPlain(true));
    return () => { left = true; map?.remove(); setHandle(null); };
  }, [plain, list, city]);

  useEffect(() => { handle?.show(spots, joined); }, [handle, spots, open, radius]);
  useEffect(() => { setZoom(0); if (from) handle?.focus(from, radius); }, [handle, open]);

  const near = (step: number) => { handle?.zoom(step); setZoom(zoom + step); };
  const whole = () => { handle?.whole(); setZoom(-9); };
  return (
    <section class="dk-m" aria-labelledby="m-h">
      <h2 class="vh" id="m-h">{d.map}</h2>
      {list ? <MapTable items={items} onOpen={onOpen} /> : plain ? <DeskDrawing city={city} spots={spots} joined={joined} zoom={zoom} onOpen={onOpen} /> : <div class="gl" ref={box} role="region" aria-label={d.mapAlt(spots.length)} />}
      <p class="dm-cap"><b>{from ? t(items.find((i) => i.id === open)?.place) || from.label : w().city}</b><span>{w().frame.schematic}</span><Sim /></p>
      <div class="dm-zoom">
        {list ? null : <><button class="btn" type="button" onClick={() => near(1)}><span aria-hidden="true">+</span><span class="vh">{d.zoomIn}</span></button><button class="btn" type="button" onClick={() => near(-1)}><span aria-hidden="true">−</span><span class="vh">{d.zoomOut}</span></button><button class="btn" type="button" onClick={whole}>{d.whole}</button></>}
        <button class="btn" type="button" aria-pressed={list} onClick={() => setList(!list)}>{d.list}<kbd>L</kbd></button>
      </div>
      {list ? null : <Inset city={city} at={from} />}
      {!list && to.length ? <ul class="dm-leg"><li><svg width="24" height="10" aria-hidden="true"><path class="dm-ring" d="M0 5H24" /></svg>{d.legendRing} {d.metres(radius)}</li></ul> : null}
    </section>
  );
}

/** Where in the city the large map is. */
function Inset({ city, at }: { city: CityMap; at: Spot | null }) {
  const p = useMemo(() => fit([...city.areas.features, ...city.lines.features].map((f) => f.geometry), 200, 8), [city]);
  return (
    <div class="dm-inset" aria-hidden="true">
      <svg viewBox={`0 0 ${p.width} ${p.height}`}>
        <Areas city={city} p={p} unit={1.5} />
        {city.lines.features.filter((f) => isWater(f.properties.kind)).map((f) => lines(f.geometry).map((l, j) => <path key={j} class="m-water" stroke-width="4" d={curve(l, p)} />))}
        {at ? <rect x={p.x(at.lon) - 16} y={p.y(at.lat) - 16} width="32" height="32" fill="none" stroke="var(--ink)" stroke-width="4" /> : null}
      </svg>
    </div>
  );
}

function canDraw(): boolean {
  try { return !!document.createElement('canvas').getContext('webgl2'); } catch { return false; }
}

function MapTable({ items, onOpen }: { items: QueueItem[]; onOpen: (id: string) => void }) {
  const f = w().front;
  return (
    <div class="dm-table">
      <table class="table">
        <caption class="vh">{w().desk.mapTable}</caption>
        <thead><tr><th scope="col">{f.colAlarm}</th><th scope="col">{f.colWhat}</th><th scope="col">{f.colWhere}</th><th scope="col" class="num">{f.colSince}</th></tr></thead>
        <tbody>{items.map((i) => <tr key={i.id}><td class="nw"><span class="mark"><LevelMark of={i.level} size="s" silent /><LevelWord of={i.level} short /></span></td><td><button class="linkish" type="button" onClick={() => onOpen(i.id)}>{t(i.headline)}</button></td><td>{t(i.place)}</td><td class="num">{clockTime(ms(i.since))}</td></tr>)}</tbody>
      </table>
    </div>
  );
}
