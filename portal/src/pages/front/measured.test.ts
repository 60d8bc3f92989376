import { expect, it } from 'vitest';
import { worst } from './measured';

const value = (attr: string, v: number | null, limit?: number) => ({ attr, title: { zh: attr, en: attr }, value: v, unit: '', observed_at: '', ...(limit == null ? {} : { limit }) });

it('shows the value nearest to its limit first, and any value when none has one', () => {
  expect(worst([value('a', 5, 10), value('b', 9, 10), value('c', 500)])?.attr).toBe('b');
  expect(worst([value('c', 500), value('d', 1)])?.attr).toBe('c');
  expect(worst([])).toBeUndefined();
});
