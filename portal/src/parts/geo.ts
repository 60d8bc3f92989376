import type { Area, Geometry, Position } from '../api/shapes';

/** A plain projection for a city: true north up, one scale, metres cared for by the cosine of the middle. */
export interface Projection { width: number; height: number; x: (lon: number) => number; y: (lat: number) => number; lon: (x: number) => number; lat: (y: number) => number; west: number; east: number; south: number; north: number }

export function eachPosition(geometry: Geometry, see: (p: Position) => void): void {
  const walk = (c: unknown): void => {
    if (!Array.isArray(c)) return;
    if (typeof c[0] === 'number') see(c as unknown as Position);
    else c.forEach(walk);
  };
  walk(geometry.coordinates);
}

/** Fits all positions into a box of `width`, with `pad` at each side; without positions it shows one degree. */
export function fit(geometries: Geometry[], width: number, pad: number): Projection {
  let west = Infinity, east = -Infinity, south = Infinity, north = -Infinity;
  for (const g of geometries) eachPosition(g, ([lon, lat]) => { west = Math.min(west, lon); east = Math.max(east, lon); south = Math.min(south, lat); north = Math.max(north, lat); });
  if (!Number.isFinite(west)) { west = 116.5; east = 117.5; south = 27.6; north = 28.6; }
  const k = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = (width - 2 * pad) / Math.max(1e-6, (east - west) * k);
  const height = (north - south) * scale + 2 * pad;
  return {
    width, height, west, east, south, north,
    x: (lon) => pad + (lon - west) * k * scale, y: (lat) => pad + (north - lat) * scale,
    lon: (x) => west + (x - pad) / (k * scale), lat: (y) => north - (y - pad) / scale,
  };
}

const f = (n: number) => n.toFixed(1);

/** A closed outline with softened corners: the drawing is schematic and looks so. */
export function ring(points: Position[], p: Projection, soft = 4): string {
  const xy = points.map(([lon, lat]) => [p.x(lon), p.y(lat)] as const);
  const first = xy[0];
  const last = xy[xy.length - 1];
  if (first && last && first[0] === last[0] && first[1] === last[1]) xy.pop();
  const n = xy.length;
  if (n < 3) return '';
  let d = '';
  for (let i = 0; i < n; i++) {
    const a = xy[(i + n - 1) % n]!, b = xy[i]!, c = xy[(i + 1) % n]!;
    const toward = (from: readonly [number, number]) => {
      const l = Math.hypot(from[0] - b[0], from[1] - b[1]) || 1;
      const r = Math.min(soft, l / 2) / l;
      return [b[0] + (from[0] - b[0]) * r, b[1] + (from[1] - b[1]) * r] as const;
    };
    const [sx, sy] = toward(a);
    const [ex, ey] = toward(c);
    d += `${i ? 'L' : 'M'}${f(sx)} ${f(sy)}Q${f(b[0])} ${f(b[1])} ${f(ex)} ${f(ey)}`;
  }
  return `${d}Z`;
}

/** A line through its points without corners. */
export function curve(points: Position[], p: Projection): string {
  const xy = points.map(([lon, lat]) => [p.x(lon), p.y(lat)] as const);
  if (xy.length < 2) return '';
  let d = `M${f(xy[0]![0])} ${f(xy[0]![1])}`;
  for (let i = 0; i < xy.length - 1; i++) {
    const a = xy[Math.max(0, i - 1)]!, b = xy[i]!, c = xy[i + 1]!, e = xy[Math.min(xy.length - 1, i + 2)]!;
    d += `C${f(b[0] + (c[0] - a[0]) / 6)} ${f(b[1] + (c[1] - a[1]) / 6)} ${f(c[0] - (e[0] - b[0]) / 6)} ${f(c[1] - (e[1] - b[1]) / 6)} ${f(c[0])} ${f(c[1])}`;
  }
  return d;
}

/** Polygon rings and lines of any geometry, flat. */
export function rings(g: Geometry): Position[][] {
  if (g.type === 'Polygon') return g.coordinates;
  if (g.type === 'MultiPolygon') return g.coordinates.flat();
  return [];
}
export function lines(g: Geometry): Position[][] {
  if (g.type === 'LineString') return [g.coordinates];
  if (g.type === 'MultiLineString') return g.coordinates;
  return [];
}

/** Twice the signed area and the middle of a ring, in degrees. */
export function middle(points: Position[]): { lon: number; lat: number; area: number } {
  let a = 0, x = 0, y = 0;
  for (let i = 0; i < points.length; i++) {
    const [x1, y1] = points[i]!;
    const [x2, y2] = points[(i + 1) % points.length]!;
    const c = x1 * y2 - x2 * y1;
    a += c; x += (x1 + x2) * c; y += (y1 + y2) * c;
  }
  if (Math.abs(a) < 1e-12) { const [lon, lat] = points[0] ?? [0, 0]; return { lon, lat, area: 0 }; }
  return { lon: x / (3 * a), lat: y / (3 * a), area: Math.abs(a) };
}

/** How an area is drawn: `ground` holds the others, `large` carries its name, `small` is a faint cell. */
export type Rank = 'ground' | 'large' | 'small';

/** Ranks areas by what they are called, and by size where the name of the kind says nothing. */
export function ranks(areas: { geometry: Geometry; properties: { kind: string } }[]): Rank[] {
  const sizes = areas.map((a) => Math.max(0, ...rings(a.geometry).map((r) => middle(r).area)));
  const most = Math.max(0, ...sizes);
  return areas.map((a, i) => {
    if (a.properties.kind === 'city') return 'ground';
    if (/^(district|county)/.test(a.properties.kind)) return 'large';
    if (/^(township|town|village|street)/.test(a.properties.kind)) return 'small';
    return (sizes[i] ?? 0) > most * 0.03 ? 'large' : 'small';
  });
}

/** Metres between two places, good enough inside one city. */
export function metres(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const k = Math.cos(((a.lat + b.lat) / 2) * (Math.PI / 180));
  return Math.hypot((a.lon - b.lon) * k, a.lat - b.lat) * 111_320;
}

/** The area whose point is nearest. */
export function nearest(areas: Area[], lon: number, lat: number): Area | null {
  let best: Area | null = null;
  let least = Infinity;
  for (const area of areas) {
    const d = metres(area, { lon, lat });
    if (d < least) { least = d; best = area; }
  }
  return best;
}
