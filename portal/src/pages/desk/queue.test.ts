import { describe, expect, it } from 'vitest';
import type { QueueItem } from '../../api/shapes';
import { bracket, move, order, refresh, settle, showNew, start, waitsForDesk } from './queue';

const item = (id: string, level: 1 | 2 | 3 | 4, since: string, more: Partial<QueueItem> = {}): QueueItem => ({ id, kind: 'case', code: id, level, headline: { zh: id, en: id }, place: { zh: '', en: '' }, since, state: 'received', state_title: { zh: '', en: '' }, signals: 1, deadline: null, candidates: [], acknowledged: false, simulated: true, lon: null, lat: null, ...more });
const ids = (items: { id: string }[]) => items.map((i) => i.id);
const rows = (q: { rows: { item: QueueItem; gone: boolean }[] }) => q.rows.map((r) => r.item.id + (r.gone ? '-' : ''));

const a = item('a', 1, '20:41', { candidates: ['c', 'b'] });
const b = item('b', 3, '20:43');
const c = item('c', 2, '20:42');
const d = item('d', 2, '20:35');

describe('order', () => {
  it('goes by level, then by waiting time, and puts what may be merged under its row', () => {
    expect(ids(order([b, d, c, a]))).toEqual(['a', 'c', 'b', 'd']);
  });
  it('shows a row once even when two claim it, and ignores mates that are not there', () => {
    expect(ids(order([a, item('x', 1, '20:50', { candidates: ['b', 'nowhere'] }), b, c]))).toEqual(['a', 'c', 'b', 'x']);
  });
});

describe('a queue that never moves by itself', () => {
  const q = start([a, b, c, d]);
  it('lets new rows wait, however grave they are', () => {
    const next = refresh(q, [item('red', 1, '20:44'), a, b, c, d]);
    expect(rows(next)).toEqual(['a', 'c', 'b', 'd']);
    expect(ids(next.waiting)).toEqual(['red']);
  });
  it('changes known rows in place, also when their level changes', () => {
    const next = refresh(q, [a, b, c, { ...d, level: 1, acknowledged: true }]);
    expect(rows(next)).toEqual(['a', 'c', 'b', 'd']);
    expect(next.rows[3]?.item.acknowledged).toBe(true);
  });
  it('keeps the place of a row that somebody else took away, and takes it back when it returns', () => {
    const gone = refresh(q, [a, b, d]);
    expect(rows(gone)).toEqual(['a', 'c-', 'b', 'd']);
    expect(rows(refresh(gone, [a, b, c, d]))).toEqual(['a', 'c', 'b', 'd']);
  });
  it('drops what left by the officer’s own command and moves nothing else', () => {
    const next = settle(q, [a, d, item('red', 1, '20:44')]);
    expect(rows(next)).toEqual(['a', 'd']);
    expect(ids(next.waiting)).toEqual(['red']);
  });
  it('takes its order again when the officer asks', () => {
    const next = showNew(refresh(q, [item('red', 1, '20:30'), a, b, c]));
    expect(rows(next)).toEqual(['red', 'a', 'c', 'b']);
    expect(next.waiting).toEqual([]);
  });
});

describe('move', () => {
  it.each<[string | null, number, string | null]>([[null, 1, 'a'], ['a', 1, 'b'], ['c', 1, 'c'], ['a', -1, 'a'], ['gone', 1, 'a']])('from %s by %i to %s', (from, step, to) => expect(move(['a', 'b', 'c'], from, step)).toBe(to));
  it('finds nothing in an empty list', () => expect(move([], 'a', 1)).toBeNull());
});

describe('bracket', () => {
  it('joins the open row with its mates', () => expect([...bracket(['a', 'c', 'b', 'd'], 'a', ['b', 'c'])]).toEqual([['a', 'first'], ['c', 'middle'], ['b', 'last']]));
  it('is not drawn for one alone', () => { expect(bracket(['a'], 'a', ['b']).size).toBe(0); expect(bracket(['a', 'b'], null, ['b']).size).toBe(0); });
});

it('a case waits for the desk until it is dispatched, and again when it is returned', () => {
  expect(['received', 'filed', 'dispatched', 'handling', 'returned', 'replied', 'checked'].map((state) => waitsForDesk({ ...a, state }))).toEqual([true, true, false, false, true, false, false]);
});
