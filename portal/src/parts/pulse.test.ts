import { expect, it } from 'vitest';
import type { Article, Word } from '../api/shapes';
import { articleWord, chapters, tallyOf } from './pulse';

const article = (number: number, chapter: number, ...words: Word[]): Article => ({ number, chapter: { number: chapter, zh: `章${chapter}`, en: `ch ${chapter}` }, paragraphs: words.map((word, i) => ({ paragraph: i + 1, text: '', text_en: '', word, since: null, counts: { rows: 0, met: 0, verifying: 0 }, bearers: [], soft: false })) });

it.each<[Word[], Word]>([[['met', 'verifying', 'not_judged'], 'verifying'], [['exempt', 'not_met'], 'not_met'], [['met', 'exempt'], 'exempt'], [['unconnected', 'not_judged'], 'unconnected'], [[], 'not_judged']])('%j together say %s', (words, word) => expect(articleWord(article(1, 1, ...words))).toBe(word));

it('counts paragraphs, not articles', () => expect(tallyOf([article(1, 1, 'met', 'met'), article(2, 1, 'not_met')])).toMatchObject({ met: 2, not_met: 1, verifying: 0 }));
it('keeps chapters in the order of the text', () => expect(chapters([article(1, 1), article(2, 1), article(8, 2)]).map((c) => [c.name, c.articles.length])).toEqual([['章1', 2], ['章2', 1]]));
