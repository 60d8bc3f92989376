import { useMemo } from 'preact/hooks';
import type { CityMap } from '../../api/shapes';
import { Areas, isWater } from '../../parts/city-map';
import { curve, fit, lines } from '../../parts/geo';
import { LevelAt } from '../../parts/marks';
import { t, w } from '../../words';
import type { Joined, Spot } from './desk-map';

const WIDTH = 1000;
const MIN_METRES = 1200;

/** The same map without WebGL: drawn about the open case, as near as its merge range asks. */
export function DeskDrawing({ city, spots, joined, zoom, onOpen }: { city: CityMap; spots: Spot[]; joined: Joined; zoom: number; onOpen: (id: string) => void }) {
  const p = useMemo(() => fit([...city.areas.features, ...city.lines.features].map((f) => f.geometry), WIDTH, 20), [city]);
  const perMetre = Math.abs(p.y(0) - p.y(1)) / 111_320;
  const half = joined.from && zoom > -9 ? Math.min(p.width, Math.max(MIN_METRES, joined.radius * 1.8) * perMetre * 2 ** -zoom) : p.height / 2;
  const cx = joined.from && zoom > -9 ? p.x(joined.from.lon) : p.width / 2;
  const cy = joined.from && zoom > -9 ? p.y(joined.from.lat) : p.height / 2;
  const u = half / 330;
  return (
    <svg class="dm" viewBox={`${cx - half} ${cy - half} ${2 * half} ${2 * half}`} preserveAspectRatio="xMidYMid slice" role="img" aria-label={w().desk.mapAlt(spots.length)}>
      <Areas city={city} p={p} unit={u} />
      {city.lines.features.map((f, i) => lines(f.geometry).map((l, j) => <path key={`${i}-${j}`} class={isWater(f.properties.kind) ? 'm-water' : 'm-road'} style={{ strokeWidth: isWater(f.properties.kind) ? Math.max(3, 9 * u) : 2 * u }} d={curve(l, p)} />))}
      {city.lines.features.filter((f) => isWater(f.properties.kind)).map((f, i) => { const l = lines(f.geometry)[0] ?? []; const at = l[Math.floor(l.length / 2)]; return at ? <text key={i} class="m-river" style={{ fontSize: 15 * u }} x={p.x(at[0]) + 10 * u} y={p.y(at[1]) + 26 * u}>{t(f.properties.name)}</text> : null; })}
      {joined.from && joined.to.length ? (
        <g fill="none">
          <circle class="dm-ring" cx={cx} cy={cy} r={joined.radius * perMetre} style={{ strokeWidth: 2 * u, strokeDasharray: `${6 * u} ${5 * u}` }} />
          {joined.to.map((s) => <path key={s.id} class="dm-weft" style={{ strokeWidth: 2 * u }} d={`M${cx} ${cy}L${p.x(s.lon)} ${p.y(s.lat)}`} />)}
        </g>
      ) : null}
      {[...spots].sort((a, b) => b.level - a.level).map((s) => {
        const on = s.id === joined.from?.id;
        const near = on || joined.to.some((x) => x.id === s.id);
        return (
          <g key={s.id} onClick={() => onOpen(s.id)} class="dm-mark">
            <LevelAt of={s.level} x={p.x(s.lon)} y={p.y(s.lat)} size={(on ? 46 : near ? 36 : 28) * u} />
            {near && !on ? <text class="m-label" text-anchor={joined.from && s.lon < joined.from.lon ? 'end' : 'start'} style={{ fontSize: 15 * u, strokeWidth: 5 * u }} x={p.x(s.lon) + (joined.from && s.lon < joined.from.lon ? -24 : 24) * u} y={p.y(s.lat) + 5 * u}>{s.label}</text> : null}
          </g>
        );
      })}
    </svg>
  );
}
