import { describe, expect, it } from 'vitest';
import type { Area, Position } from '../api/shapes';
import { curve, fit, metres, middle, nearest, ring } from './geo';

const square: Position[] = [[117, 28], [117.2, 28], [117.2, 28.2], [117, 28.2], [117, 28]];

describe('fit', () => {
  const p = fit([{ type: 'Polygon', coordinates: [square] }], 400, 20);
  it('puts north up and keeps to its box', () => {
    expect(p.x(117)).toBeCloseTo(20);
    expect(p.x(117.2)).toBeCloseTo(380);
    expect(p.y(28.2)).toBeCloseTo(20);
    expect(p.y(28)).toBeCloseTo(p.height - 20);
  });
  it('reads a place back from the drawing', () => { expect(p.lon(p.x(117.13))).toBeCloseTo(117.13); expect(p.lat(p.y(28.07))).toBeCloseTo(28.07); });
  it('survives an empty city', () => expect(Number.isFinite(fit([], 400, 20).height)).toBe(true));
  it('draws closed outlines and open lines', () => {
    expect(ring(square, p)).toMatch(/^M.*Z$/);
    expect(ring(square.slice(0, 2), p)).toBe('');
    expect(curve([[117, 28], [117.1, 28.1]], p)).toMatch(/^M[\d.]+ [\d.]+C/);
    expect(curve([[117, 28]], p)).toBe('');
  });
});

it('finds the middle of a ring', () => { const m = middle(square); expect([m.lon, m.lat]).toEqual([expect.closeTo(117.1), expect.closeTo(28.1)]); });
it('measures in metres', () => expect(metres({ lon: 117, lat: 28 }, { lon: 117, lat: 28.001 })).toBeCloseTo(111.3, 0));
it('finds the nearest area', () => {
  const area = (id: string, lon: number): Area => ({ id, name: { zh: id, en: id }, parent: null, lon, lat: 28 });
  expect(nearest([area('far', 118), area('near', 117.01)], 117, 28)?.id).toBe('near');
  expect(nearest([], 117, 28)).toBeNull();
});
