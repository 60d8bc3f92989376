import { describe, expect, it } from 'vitest';
import type { Article } from '../../api/shapes';
import { articleNumber, find } from './find';

describe('articleNumber', () => {
  it.each([['38', 38], ['第38条', 38], ['第三十八条', 38], ['十', 10], ['十五', 15], ['二十', 20], ['Article 5', 5], ['五', 5], ['数据', null], ['', null], ['三八', null], ['380', null]])('%s is %s', (q, n) => expect(articleNumber(q)).toBe(n));
});

describe('find', () => {
  const p = (paragraph: number, text: string, word: 'met' | 'verifying') => ({ paragraph, text, text_en: `about ${paragraph}`, word, since: null, counts: { rows: 0, met: 0, verifying: 0 }, bearers: [{ zh: '市人民政府', en: 'Municipal government' }], soft: false });
  const all: Article[] = [{ number: 1, chapter: { number: 1, zh: '', en: '' }, paragraphs: [p(1, '甲,乙', 'met'), p(2, '丙', 'verifying')] }, { number: 38, chapter: { number: 5, zh: '', en: '' }, paragraphs: [p(1, '丁', 'met')] }];
  const keys = (list: Article[]) => list.flatMap((a) => a.paragraphs.map((x) => `${a.number}-${x.paragraph}`));
  it('finds words with either kind of comma, bodies and article numbers', () => {
    expect(keys(find(all, '甲，乙', null))).toEqual(['1-1']);
    expect(keys(find(all, '甲,乙', null))).toEqual(['1-1']);
    expect(keys(find(all, 'municipal', null))).toHaveLength(3);
    expect(keys(find(all, '38', null))).toEqual(['38-1']);
    expect(keys(find(all, '无', null))).toEqual([]);
  });
  it('keeps to one state when asked', () => { expect(keys(find(all, '', 'verifying'))).toEqual(['1-2']); expect(keys(find(all, '', null))).toHaveLength(3); });
});
