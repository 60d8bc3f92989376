import { useMemo } from 'preact/hooks';
import type { CityMap as City } from '../api/shapes';
import { t, w } from '../words';
import { LevelAt, Sim } from './marks';
import { curve, eachPosition, fit, lines, middle, ranks, ring, rings } from './geo';
import './city-map.css';

/** Something to point at. Without a level it is a plain dot. */
export interface MapMark { id: string; lon: number; lat: number; level: number | null; label?: string; sub?: string; large?: boolean }

const WIDTH = 464;
const PAD = 34;

/** The schematic map of the public pages, drawn from the server's own lines; it asks nothing of the internet. */
export function CityMap({ city, marks, pin, onPick, title, simulated = true, note }: {
  city: City; marks: MapMark[]; pin?: { lon: number; lat: number } | null; onPick?: (lon: number, lat: number) => void; title: string; simulated?: boolean; note?: string;
}) {
  const p = useMemo(() => fit([...city.areas.features, ...city.lines.features].map((x) => x.geometry), WIDTH, PAD), [city]);
  const names = useMemo(() => largeNames(city), [city]);
  const pick = (event: MouseEvent) => {
    if (!onPick) return;
    const svg = event.currentTarget as SVGSVGElement;
    const box = svg.getBoundingClientRect();
    onPick(p.lon(((event.clientX - box.left) / box.width) * p.width), p.lat(((event.clientY - box.top) / box.height) * p.height));
  };
  const sorted = [...marks].sort((a, b) => (b.level ?? 9) - (a.level ?? 9));
  return (
    <figure class="map-fig">
      {/* The list beside the map does the same by keyboard. */}
      <svg viewBox={`0 0 ${p.width} ${p.height.toFixed(0)}`} role="img" aria-label={title} onClick={pick} class={onPick ? 'map-pick' : ''}>
        <Grid p={p} />
        <Areas city={city} p={p} />
        {city.lines.features.map((line, i) => lines(line.geometry).map((l, j) => <path key={`${i}-${j}`} class={isWater(line.properties.kind) ? 'm-water' : 'm-road'} stroke-width={isWater(line.properties.kind) ? 5 : 1.25} d={curve(l, p)} />))}
        {city.areas.features.map((area, i) => (area.geometry.type === 'Point' ? <circle key={i} class="m-dot" cx={p.x(area.geometry.coordinates[0])} cy={p.y(area.geometry.coordinates[1])} r="1.6" /> : null))}
        {names.map((n) => <text key={n.id} class="m-county m-halo" x={p.x(n.lon)} y={p.y(n.lat)} text-anchor="middle">{n.name}</text>)}
        {city.lines.features.map((line, i) => {
          if (!isWater(line.properties.kind)) return null;
          const all = lines(line.geometry)[0] ?? [];
          if (extent(all) < (p.east - p.west) * 0.2) return null;
          const at = all[Math.floor(all.length * 0.6)];
          return at ? <text key={i} class="m-river m-halo" x={p.x(at[0]) + 8} y={p.y(at[1]) + 16}>{t(line.properties.name)}</text> : null;
        })}
        {sorted.map((m) => (m.level ? <LevelAt key={m.id} of={m.level} x={p.x(m.lon)} y={p.y(m.lat)} size={m.large ? 34 : 26} /> : <circle key={m.id} class="m-point" cx={p.x(m.lon)} cy={p.y(m.lat)} r="3" />))}
        {sorted.filter((m) => m.label).map((m) => {
          const right = p.x(m.lon) < WIDTH * 0.62;
          const x = p.x(m.lon) + (right ? 22 : -22);
          return <g key={`l${m.id}`} text-anchor={right ? 'start' : 'end'}><text class="m-label" x={x} y={p.y(m.lat) - 2}>{m.label}</text>{m.sub ? <text class="m-place m-halo" x={x} y={p.y(m.lat) + 14}>{m.sub}</text> : null}</g>;
        })}
        {pin ? <g class="m-pin" transform={`translate(${p.x(pin.lon)} ${p.y(pin.lat)})`}><circle r="22" /><path d="M0 0C-9 -11 -12 -16 -12 -22A12 12 0 0 1 12 -22C12 -16 9 -11 0 0Z" /><circle class="m-pin-i" cy="-22" r="4.5" /></g> : null}
      </svg>
      <figcaption><span>{note ?? (t(city.note) || w().front.mapNote)}</span><Sim on={simulated} /></figcaption>
    </figure>
  );
}

export const isWater = (kind: string): boolean => /river|water|stream|lake/i.test(kind);

/** Ground first, then the faint cells, then the outlines that carry names. */
export function Areas({ city, p, unit = 1 }: { city: City; p: ReturnType<typeof fit>; unit?: number }) {
  const rank = useMemo(() => ranks(city.areas.features), [city]);
  const ground = rank.includes('ground');
  const width = { ground: 1.25, large: 1, small: 0.6 };
  return (
    <>
      {(['ground', 'small', 'large'] as const).map((layer) => city.areas.features.map((area, i) => (rank[i] !== layer ? null : rings(area.geometry).map((r, j) => (
        <path key={`${layer}-${i}-${j}`} class={layer === 'small' ? 'm-cell' : layer === 'large' && ground ? 'm-edge' : `m-land${layer === 'large' && i % 3 === 2 ? ' m-land-2' : ''}`} style={{ strokeWidth: width[layer] * unit }} d={ring(r, p, layer === 'small' ? 1 : 4)} />
      )))))}
    </>
  );
}

/** How wide a line runs, in degrees. */
const extent = (line: [number, number][]): number => Math.max(...line.map((x) => x[0])) - Math.min(...line.map((x) => x[0])) + (Math.max(...line.map((x) => x[1])) - Math.min(...line.map((x) => x[1])));

/** The areas large enough to carry their name. */
function largeNames(city: City) {
  const rank = ranks(city.areas.features);
  return city.areas.features.map((area, i) => {
    const biggest = rings(area.geometry).map(middle).sort((a, b) => b.area - a.area)[0];
    return biggest && rank[i] === 'large' ? { id: area.properties.id, name: t(area.properties.name), ...biggest } : null;
  }).filter((x) => x !== null);
}

function Grid({ p }: { p: ReturnType<typeof fit> }) {
  const steps = (from: number, to: number) => { const out: number[] = []; for (let v = Math.ceil(from * 4) / 4; v <= to && out.length < 20; v += 0.25) out.push(v); return out; };
  return (
    <g aria-hidden="true">
      {steps(p.west, p.east).map((lon) => <g key={lon}><path class="m-grid" d={`M${p.x(lon)} 18V${p.height}`} /><text class="m-deg" x={p.x(lon)} y="12" text-anchor="middle">{lon}°</text></g>)}
      {steps(p.south, p.north).map((lat) => <g key={lat}><path class="m-grid" d={`M${PAD} ${p.y(lat)}H${p.width}`} /><text class="m-deg" x="0" y={p.y(lat) + 4}>{lat}°</text></g>)}
    </g>
  );
}

/** Whether the map has anything to draw. */
export function hasShape(city: City): boolean {
  let n = 0;
  for (const area of city.areas.features) eachPosition(area.geometry, () => { n++; });
  return n > 2;
}
