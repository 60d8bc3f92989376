import { expect, it } from 'vitest';
import { withRoom } from './timeline';

it('names only the spots that have room to their right', () => {
  const spots = [{ at: 0, text: 'a', id: 'a' }, { at: 50, text: 'b', id: 'b' }, { at: 55, text: 'c', id: 'c' }, { at: 98, text: 'd', id: 'd' }];
  expect([...withRoom(spots, 0, 100)].map((s) => s.id)).toEqual(['a', 'c']);
});
