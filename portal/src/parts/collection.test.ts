import { expect, it } from 'vitest';
import { cellText } from './collection';

const now = Date.parse('2026-07-06T13:30:00Z');
it.each([
  [null, 'text', '—'], ['', 'text', '—'], [{ zh: '水', en: 'water' }, 'state', '水'], [0, 'number', '0'], [71.3, 'number', '71.3'], [2000, 'number', '2,000'], [0.964, 'share', '96.4 %'], ['2026-07-06T13:29:00Z', 'ago', '1 分钟前'], ['2026-07-06T13:29:00Z', 'time', '今天 21:29'], [false, 'text', '—'],
] as const)('%j as %s is %s', (cell, format, text) => expect(cellText(cell, format, now)).toBe(text));
