import { Map as GlMap, Marker, setWorkerUrl, type GeoJSONSource, type StyleSpecification } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { h, render } from 'preact';
import type { CityMap, Position } from '../api/shapes';
import type { Joined, Spot } from '../pages/desk/desk-map';
import { isWater } from './city-map';
import { t } from '../words';
import { eachPosition, lines, middle, ranks, rings, type Rank } from './geo';
import { LevelMark } from './marks';

setWorkerUrl(workerUrl);

/** What the desk asks of its map. */
export interface MapHandle {
  show(spots: Spot[], joined: Joined): void;
  focus(at: { lon: number; lat: number }, radius: number): void;
  zoom(step: number): void;
  whole(): void;
  remove(): void;
}

type Box = [[number, number], [number, number]];
interface Collection { type: 'FeatureCollection'; features: { type: 'Feature'; geometry: { type: string; coordinates: unknown }; properties: Record<string, unknown> }[] }
/** The least half width of the view round a case: near enough to read, far enough to know the place. */
const NEAR_METRES = 1200;
/** Below this zoom the names of small places would cover each other. */
const NAMES_ZOOM = 10.2;
const NOTHING: Collection = { type: 'FeatureCollection', features: [] };

/** Colours come from the tokens at the moment of drawing, because a canvas knows no custom properties. */
const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** No glyphs, no sprites, no tiles: a style that asks nothing of any network. Names are drawn as elements above it. */
function style(city: CityMap): StyleSpecification {
  const water: Collection = { type: 'FeatureCollection', features: city.lines.features.filter((f) => isWater(f.properties.kind)).map(plain) };
  const roads: Collection = { type: 'FeatureCollection', features: city.lines.features.filter((f) => !isWater(f.properties.kind)).map(plain) };
  const rank = ranks(city.areas.features);
  const of = (wanted: Rank[]): Collection => ({ type: 'FeatureCollection', features: city.areas.features.filter((f, i) => f.geometry.type.endsWith('Polygon') && wanted.includes(rank[i] ?? 'small')).map(plain) });
  const source = (data: Collection) => ({ type: 'geojson', data, tolerance: 0.2 });
  return {
    version: 8,
    sources: { areas: source(of(rank.includes('ground') ? ['ground'] : ['large', 'small'])), cells: source(of(['small'])), edges: source(of(['large', 'ground'])), water: source(water), roads: source(roads), ring: source(NOTHING), weft: source(NOTHING) },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': token('--sunk') } },
      { id: 'land', type: 'fill', source: 'areas', paint: { 'fill-color': token('--land') } },
      { id: 'cells', type: 'line', source: 'cells', paint: { 'line-color': token('--rule'), 'line-width': 1 } },
      { id: 'edge', type: 'line', source: 'edges', paint: { 'line-color': token('--ink-3'), 'line-width': 1 } },
      { id: 'roads', type: 'line', source: 'roads', paint: { 'line-color': token('--rule-strong'), 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 14, 6] } },
      { id: 'water', type: 'line', source: 'water', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': token('--water'), 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 8, 3, 12, 14, 15, 60] } },
      { id: 'ring', type: 'line', source: 'ring', paint: { 'line-color': token('--accent'), 'line-width': 2, 'line-dasharray': [3, 2.5] } },
      { id: 'weft', type: 'line', source: 'weft', paint: { 'line-color': token('--accent'), 'line-width': 2 } },
    ],
  } as StyleSpecification;
}

const plain = (f: { geometry: { type: string; coordinates: unknown } }) => ({ type: 'Feature' as const, geometry: f.geometry, properties: {} });

const PAINTS: [string, string, string][] = [['ground', 'background-color', '--sunk'], ['land', 'fill-color', '--land'], ['cells', 'line-color', '--rule'], ['edge', 'line-color', '--ink-3'], ['roads', 'line-color', '--rule-strong'], ['water', 'line-color', '--water'], ['ring', 'line-color', '--accent'], ['weft', 'line-color', '--accent']];

function boundsOf(city: CityMap): Box {
  let west = 180, east = -180, south = 90, north = -90;
  const see = ([lon, lat]: Position) => { west = Math.min(west, lon); east = Math.max(east, lon); south = Math.min(south, lat); north = Math.max(north, lat); };
  for (const f of [...city.areas.features, ...city.lines.features]) eachPosition(f.geometry, see);
  return west < east ? [[west, south], [east, north]] : [[116.5, 27.6], [117.6, 28.7]];
}

/** A circle of metres as a ring of positions. */
function circle(at: { lon: number; lat: number }, radius: number): Position[] {
  const k = Math.cos((at.lat * Math.PI) / 180);
  return Array.from({ length: 73 }, (_, i) => { const a = (i / 72) * 2 * Math.PI; return [at.lon + (Math.cos(a) * radius) / (111_320 * k), at.lat + (Math.sin(a) * radius) / 111_320] as Position; });
}

interface Name { text: string; lon: number; lat: number; kind: 'large' | 'small' | 'river' | 'brook' }

/** Names of areas and waters with the place where each is written. */
function placeNames(city: CityMap): Name[] {
  const out: Name[] = [];
  const rank = ranks(city.areas.features);
  city.areas.features.forEach((f, i) => {
    const m = rings(f.geometry).map(middle).sort((a, b) => b.area - a.area)[0];
    const r = rank[i];
    if (m && r !== 'ground') out.push({ text: t(f.properties.name), lon: m.lon, lat: m.lat, kind: r === 'large' ? 'large' : 'small' });
    else if (f.geometry.type === 'Point') out.push({ text: t(f.properties.name), lon: f.geometry.coordinates[0], lat: f.geometry.coordinates[1], kind: 'small' });
  });
  for (const f of city.lines.features) {
    if (!isWater(f.properties.kind)) continue;
    const line = lines(f.geometry)[0] ?? [];
    const long = line.length > 8;
    for (const share of long ? [0.25, 0.55, 0.8] : [0.5]) { const at = line[Math.floor(line.length * share)]; if (at) out.push({ text: t(f.properties.name), lon: at[0], lat: at[1], kind: long ? 'river' : 'brook' }); }
  }
  return out;
}

function nameElement(n: Name): HTMLElement {
  const el = document.createElement('span');
  el.className = `gl-name gl-${n.kind}`;
  el.setAttribute('aria-hidden', 'true');
  el.textContent = n.text;
  return el;
}

/** Draws the map in a box. `broken` is called once when the browser cannot draw it after all. */
export function mountMap(box: HTMLElement, city: CityMap, onOpen: (id: string) => void, broken: () => void): MapHandle {
  const bounds = boundsOf(city);
  const map = new GlMap({ container: box, style: style(city), bounds, fitBoundsOptions: { padding: 32 }, attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, keyboard: true, fadeDuration: 0, maxZoom: 16, minZoom: 7 });
  map.touchZoomRotate.disableRotation();
  map.on('error', () => undefined);
  map.on('webglcontextlost', broken);
  const labels = placeNames(city).map((n) => new Marker({ element: nameElement(n), anchor: 'center' }).setLngLat([n.lon, n.lat]).addTo(map));
  const sized = () => box.classList.toggle('gl-far', map.getZoom() < NAMES_ZOOM);
  map.on('zoom', sized);
  sized();
  let markers: Marker[] = [];
  let last: (() => void) | null = null;
  let ready = false;
  map.on('load', () => { ready = true; last?.(); });

  const repaint = () => { if (ready) for (const [layer, property, name] of PAINTS) map.setPaintProperty(layer, property as 'line-color', token(name)); };
  const watch = new MutationObserver(repaint);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', repaint);
  const set = (id: string, data: Collection) => (map.getSource(id) as GeoJSONSource | undefined)?.setData(data as never);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

  return {
    show(spots, joined) {
      for (const m of markers) m.remove();
      markers = [...spots].sort((a, b) => b.level - a.level).map((spot) => {
        const on = spot.id === joined.from?.id;
        const near = on || joined.to.some((s) => s.id === spot.id);
        const el = document.createElement('button');
        el.type = 'button';
        el.className = `gl-mark${on ? ' on' : ''}`;
        el.tabIndex = -1;
        el.onclick = () => onOpen(spot.id);
        const west = !!joined.from && spot.lon < joined.from.lon;
        // The open case is named at the head of the map; its mates are named on the side that is free.
        render(h('span', null, h(LevelMark, { of: spot.level, size: on ? 'xl' : near ? 'l' : 'd' }), h('span', { class: near && !on ? `gl-label${west ? ' west' : ''}` : 'vh' }, spot.label)), el);
        return new Marker({ element: el, anchor: 'center' }).setLngLat([spot.lon, spot.lat]).addTo(map);
      });
      last = () => {
        const { from, to, radius } = joined;
        set('ring', from && to.length ? { ...NOTHING, features: [{ type: 'Feature', geometry: { type: 'LineString', coordinates: circle(from, radius) }, properties: {} }] } : NOTHING);
        set('weft', from ? { ...NOTHING, features: to.map((s) => ({ type: 'Feature' as const, geometry: { type: 'LineString', coordinates: [[from.lon, from.lat], [s.lon, s.lat]] }, properties: {} })) } : NOTHING);
      };
      if (ready) last();
    },
    focus(at, radius) {
      const k = Math.cos((at.lat * Math.PI) / 180);
      const r = Math.max(NEAR_METRES, radius * 1.8);
      const dLon = r / (111_320 * k);
      const dLat = r / 111_320;
      map.fitBounds([[at.lon - dLon, at.lat - dLat], [at.lon + dLon, at.lat + dLat]], { duration: still ? 0 : 200, padding: 24 });
    },
    zoom(step) { if (step > 0) map.zoomIn({ duration: still ? 0 : 120 }); else map.zoomOut({ duration: still ? 0 : 120 }); },
    whole() { map.fitBounds(bounds, { duration: still ? 0 : 200, padding: 32 }); },
    remove() { watch.disconnect(); dark.removeEventListener('change', repaint); for (const m of [...markers, ...labels]) m.remove(); map.remove(); },
  };
}
