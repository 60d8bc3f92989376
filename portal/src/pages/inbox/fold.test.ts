import { expect, it } from 'vitest';
import type { InboxTask } from '../../api/shapes';
import { byDeadline, folds, isDone } from './fold';

const task = (id: string, of: string, step: string | null, whole: string | null, state = 'dispatched'): InboxTask => ({ id, case: of, code: of, state, state_title: { zh: '', en: '' }, headline: { zh: '', en: '' }, place: { zh: '', en: '' }, level: 3, received_at: '2026', deadline_step: step, deadline_whole: whole, late: false });

it('puts the next deadline first and what has none last', () => {
  expect(byDeadline([task('none', 'x', null, null), task('whole', 'x', null, '2026-07-08'), task('step', 'x', '2026-07-06', '2026-07-09')]).map((x) => x.id)).toEqual(['step', 'whole', 'none']);
});
it('folds by case at the place of the most pressing', () => {
  expect(folds([task('1', 'b', null, null), task('2', 'a', null, null), task('3', 'b', null, null)]).map((f) => [f.case, f.tasks.map((x) => x.id)])).toEqual([['b', ['1', '3']], ['a', ['2']]]);
});
it('knows what is done', () => expect(['dispatched', 'accepted', 'replied', 'closed'].map((s) => isDone(task('1', 'a', null, null, s)))).toEqual([false, false, true, true]));
