import { expect, it } from 'vitest';
import { columns } from './chart-columns';

it('never bridges a gap and lifts out what is above the limit', () => {
  const at = Date.parse('2026-07-06T00:00:00Z');
  const [x, y, over, seqs] = columns({ attr: 'a', title: { zh: '', en: '' }, unit: null, limit: 50, gaps: [{ from: new Date(at + 60_000).toISOString(), to: null }], points: [[at, 40, 7, 'N'], [at + 60_000, 60, 8, 'T'], [at + 600_000, 50, 9, 'N']] });
  expect(y).toEqual([40, 60, null, 50]);
  expect(over).toEqual([null, 60, null, null]);
  expect(seqs).toEqual([7, 8, 0, 9]);
  expect([...x].sort((a, b) => a - b)).toEqual(x);
});
