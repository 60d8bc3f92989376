import type { Article, Word } from '../api/shapes';
import { language, lawNumber, w } from '../words';
import { StateIcon, stateWord } from './marks';
import './pulse.css';

/** The order in which one word stands for many: the gravest first. */
export const ORDER: Word[] = ['not_met', 'verifying', 'exempt', 'met', 'unconnected', 'not_judged'];
/** The order in which the words are counted on the page. */
export const TALLY: Word[] = ['not_met', 'verifying', 'met', 'exempt', 'unconnected', 'not_judged'];

export function articleWord(article: Article): Word {
  return ORDER.find((word) => article.paragraphs.some((p) => p.word === word)) ?? 'not_judged';
}

export function tallyOf(articles: Article[]): Record<Word, number> {
  const sum: Record<Word, number> = { met: 0, verifying: 0, not_met: 0, exempt: 0, unconnected: 0, not_judged: 0 };
  for (const article of articles) for (const p of article.paragraphs) sum[p.word] = (sum[p.word] ?? 0) + 1;
  return sum;
}

export interface ChapterSpan { number: number; name: string; articles: Article[] }
export function chapters(articles: Article[]): ChapterSpan[] {
  const out: ChapterSpan[] = [];
  for (const article of articles) {
    let last = out[out.length - 1];
    if (!last || last.number !== article.chapter.number) {
      last = { number: article.chapter.number, name: language() === 'zh' ? article.chapter.zh : article.chapter.en, articles: [] };
      out.push(last);
    }
    last.articles.push(article);
  }
  return out;
}

const LINES: Record<Word, string> = { met: 'M0 10V86', not_met: 'M0 0V42M0 54V96', verifying: 'M0 10V45M0 51V86', exempt: 'M-2 10V86M2 10V86', unconnected: 'M0 10V86', not_judged: 'M0 33V63' };
const STEP = 22.8;
const CHAPTER_GAP = 14;

/** The law as a warp: one thread for each article, in the order of the text. */
export function Pulse({ articles }: { articles: Article[] }) {
  let x = 11.4;
  const spans = chapters(articles).map((chapter) => {
    const from = x - STEP / 2;
    const threads = chapter.articles.map((article) => { const at = x; x += STEP; return { article, at }; });
    // A short chapter still has room for its name.
    x = Math.max(x, from + STEP / 2 + (language() === 'zh' ? chapter.name.length * 14 + 34 : 24));
    const to = x - STEP / 2;
    x += CHAPTER_GAP;
    return { chapter, from, to, threads };
  });
  const width = Math.max(1, x - CHAPTER_GAP - STEP / 2);
  const flags = spans.flatMap((s) => s.threads).filter((th) => articleWord(th.article) === 'not_met');
  const l = w();
  const [before = '', after = ''] = l.article.chapter('|').split('|');
  const say = (word: Word) => { const list = articles.filter((a) => articleWord(a) === word).map((a) => l.article.name(lawNumber(a.number))); return list.length ? `${stateWord(word)}: ${list.join('、')}` : ''; };
  return (
    <div class={`pulse${flags.length ? ' pulse-flags' : ''}`}>
      <svg viewBox={`0 0 ${width} 96`} preserveAspectRatio="none" role="img" aria-label={[l.lawpage.legend, say('not_met'), say('verifying')].filter(Boolean).join(' ')}>
        {spans.flatMap((s) => s.threads).map(({ article, at }) => { const word = articleWord(article); return <path key={article.number} class={`p-${word}`} d={LINES[word]} transform={`translate(${at.toFixed(1)} 0)`} />; })}
      </svg>
      {flags.map(({ article, at }) => <a key={article.number} class="pulse-flag" href={`/law/${article.number}`} style={{ left: `${(at / width) * 100}%` }}><StateIcon of="not_met" size="s" />{l.article.name(lawNumber(article.number))}</a>)}
      <ol class="pulse-ch" aria-label={l.lawpage.chapters}>
        {spans.map(({ chapter, from, to }) => (
          <li key={chapter.number} style={{ left: `${(from / width) * 100}%`, width: `${((to - from) / width) * 100}%` }}>
            <a href={`/law#ch${chapter.number}`}><span><span class="vh">{before}</span>{lawNumber(chapter.number)}<span class="vh">{after}</span></span> <span class="pulse-t">{chapter.name}</span></a>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** How many paragraphs each public word has; with `onPick`, a filter. */
export function Tally({ of, picked, onPick }: { of: Record<Word, number>; picked?: Word | null; onPick?: (word: Word) => void }) {
  return (
    <ul class="tally" {...(onPick ? { 'aria-label': w().lawpage.only } : {})}>
      {TALLY.map((word) => {
        const inner = <><StateIcon of={word} />{stateWord(word)}<span><b>{of[word] ?? 0}</b> {of[word] === 1 ? w().front.owesOne : w().front.owesShort}</span></>;
        return <li key={word}>{onPick ? <button class="tally-b" type="button" aria-pressed={picked === word} onClick={() => onPick(word)}>{inner}</button> : inner}</li>;
      })}
    </ul>
  );
}
