import type { Article, Word } from '../../api/shapes';
import { fullWidth } from '../../words';

const CHINESE: Record<string, number> = { 一: 1, 二: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 八: 8, 九: 9 };

/** An article number in a query: 38, 第38条, 第三十八条, Article 38. Null when there is none. */
export function articleNumber(query: string): number | null {
  const plain = query.trim().match(/^(?:第|article\s*)?\s*(\d{1,2})\s*条?$/i);
  if (plain?.[1]) return Number(plain[1]);
  const zh = query.trim().match(/^第?([一二三四五六七八九]?)(十?)([一二三四五六七八九]?)条?$/);
  if (!zh || !(zh[1] || zh[2] || zh[3])) return null;
  const [, a = '', ten = '', b = ''] = zh;
  if (!ten) return a && b ? null : CHINESE[a || b] ?? null;
  return (a ? CHINESE[a] ?? 0 : 1) * 10 + (b ? CHINESE[b] ?? 0 : 0);
}

/** The articles with the paragraphs that match a query and a state; an empty query matches all. */
export function find(articles: Article[], query: string, only: Word | null): Article[] {
  const number = articleNumber(query);
  const q = fullWidth(query.trim().toLowerCase());
  return articles
    .map((a) => ({
      ...a,
      paragraphs: a.paragraphs.filter((p) => {
        if (only && p.word !== only) return false;
        if (!q) return true;
        if (number != null) return a.number === number;
        return [fullWidth(p.text), p.text_en, ...p.bearers.flatMap((b) => [b.zh, b.en])].some((text) => text.toLowerCase().includes(q));
      }),
    }))
    .filter((a) => a.paragraphs.length);
}
