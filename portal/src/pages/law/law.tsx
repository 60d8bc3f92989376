import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PageProps } from '../../app';
import { useResource } from '../../api/resource';
import type { Article, Articles, Paragraph, Word } from '../../api/shapes';
import { Loaded } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { Sim, StateIcon, stateWord } from '../../parts/marks';
import { Pulse, TALLY, Tally, chapters, tallyOf } from '../../parts/pulse';
import { usePlace } from '../../router';
import { isoDate, longDate, ms } from '../../time';
import { useTitle } from '../../title';
import { fullWidth, language, lawNumber, t, w } from '../../words';
import { find } from './find';
import { Why } from './why';
import './law.css';

/** The ordinance with a pulse: every paragraph with its state, and the rows behind it one click away. */
export default function LawPage({ params }: PageProps) {
  const articles = useResource<Articles>('/articles', ['law']);
  useTitle(w().law.name);
  return (
    <Page className="lawpage">
      <Loaded from={articles} lines={12}>{(data) => <Book data={data} opened={params.article ?? null} />}</Loaded>
    </Page>
  );
}

const keyOf = (a: Article, p: Paragraph) => `${a.number}-${p.paragraph}`;

function Book({ data, opened }: { data: Articles; opened: string | null }) {
  const l = w().lawpage;
  const [only, setOnly] = useState<Word | null>(null);
  const [query, setQuery] = useState('');
  const [asked, setAsked] = useState('');
  const [open, setOpen] = useState<Set<string>>(new Set());
  const { anchor } = usePlace();
  const all = data.articles;
  const count = all.reduce((n, a) => n + a.paragraphs.length, 0);

  useEffect(() => {
    const article = all.find((a) => String(a.number) === opened);
    if (article) {
      const worth = article.paragraphs.filter((p) => p.word !== 'not_judged' && p.word !== 'unconnected');
      setOpen((old) => new Set([...old, ...(worth.length ? worth : article.paragraphs.slice(0, 1)).map((p) => keyOf(article, p))]));
    }
    const id = article ? `a${article.number}` : anchor;
    if (id) requestAnimationFrame(() => document.getElementById(id)?.scrollIntoView());
  }, [opened, anchor]);

  const shown = useMemo(() => find(all, asked, only), [all, asked, only, language()]);
  const found = shown.reduce((n, a) => n + a.paragraphs.length, 0);
  const toggle = (key: string) => setOpen((old) => { const next = new Set(old); if (next.has(key)) next.delete(key); else next.add(key); return next; });
  return (
    <>
      <div class="wrap">
        <header class="law-head">
          <p class="law-kicker">{l.kicker}</p>
          <h1>{w().law.name}</h1>
          <p class="law-meta"><span>{w().law.passed}</span><span>{w().law.inForce}</span><span>{language() === 'zh' ? `八章 ${lawNumber(all.length)}条 ${lawNumber(count)}款` : l.sum(all.length, count)}</span></p>
          <Pulse articles={all} />
          <Tally of={tallyOf(all)} picked={only} onPick={(word) => setOnly(only === word ? null : word)} />
        </header>
        <form class="law-bar" role="search" aria-label={l.find} onSubmit={(e) => { e.preventDefault(); setAsked(query.trim()); }}>
          <div class="law-find">
            <label class="vh" for="law-q">{l.find}</label>
            <input class="input" id="law-q" type="search" placeholder={l.findHint} value={query} onInput={(e) => { setQuery(e.currentTarget.value); if (!e.currentTarget.value) setAsked(''); }} />
            <button class="btn" type="submit">{l.search}</button>
          </div>
          <p class="law-count" role="status">{asked || only ? <>{found ? l.found(found) : l.foundNone(asked)} <button class="linkish" type="button" onClick={() => { setAsked(''); setQuery(''); setOnly(null); }}>{l.clear}</button></> : null}</p>
          <button class="btn btn-quiet law-print" type="button" onClick={() => print()}>{l.print}</button>
        </form>
        <p class="law-asof">{l.asOf(longDate(ms(data.now)))} {l.translation}<Sim /></p>
      </div>
      <div class="wrap law-grid">
        <Rail articles={all} />
        <div class="book">{chapters(shown).map((chapter) => <Chapter key={chapter.number} chapter={chapter} open={open} toggle={toggle} />)}</div>
      </div>
    </>
  );
}

function Rail({ articles }: { articles: Article[] }) {
  return (
    <nav class="rail" aria-label={w().lawpage.chapters}>
      <ol>
        {chapters(articles).map((c) => {
          const tally = tallyOf(c.articles);
          return (
            <li key={c.number}><a href={`/law#ch${c.number}`}><span class="rail-n">{lawNumber(c.number)}</span><span>{c.name}</span>
              {(['not_met', 'verifying'] as const).map((word) => (tally[word] ? <span key={word} class="mark-n"><StateIcon of={word} size="s" /><span class="vh">{stateWord(word)}</span>{tally[word]}</span> : null))}
            </a></li>
          );
        })}
      </ol>
    </nav>
  );
}

function Chapter({ chapter, open, toggle }: { chapter: ReturnType<typeof chapters>[number]; open: Set<string>; toggle: (key: string) => void }) {
  const tally = tallyOf(chapter.articles);
  return (
    <section class="chap" id={`ch${chapter.number}`} aria-labelledby={`ch${chapter.number}-h`}>
      <header class="chap-head">
        <h2 id={`ch${chapter.number}-h`}><span>{w().article.chapter(lawNumber(chapter.number))}</span>{chapter.name}</h2>
        <ul class="chap-tally">{TALLY.filter((word) => tally[word]).map((word) => <li key={word}><StateIcon of={word} size="s" />{stateWord(word)} <b>{tally[word]}</b></li>)}</ul>
      </header>
      {chapter.articles.map((a) => (
        <article key={a.number} class="art" id={`a${a.number}`} aria-labelledby={`a${a.number}-h`}>
          <h3 class="art-n" id={`a${a.number}-h`}><a href={`/law/${a.number}`}>{w().article.name(lawNumber(a.number))}</a></h3>
          {a.paragraphs.map((p) => <Para key={p.paragraph} article={a} p={p} open={open.has(keyOf(a, p))} toggle={() => toggle(keyOf(a, p))} />)}
        </article>
      ))}
    </section>
  );
}

function Para({ article, p, open, toggle }: { article: Article; p: Paragraph; open: boolean; toggle: () => void }) {
  const l = w().lawpage;
  const number = lawNumber(article.number);
  const name = w().article.paragraph(number, lawNumber(p.paragraph));
  const id = `why-${article.number}-${p.paragraph}`;
  const strong = p.word !== 'not_judged' && p.word !== 'unconnected';
  const asks = p.word === 'verifying' || p.word === 'not_met';
  return (
    <>
      <div class={`para para-${p.word}`}>
        <p class="law">{p.paragraph === 1 ? <span class="art-in" aria-hidden="true">{w().article.name(number)}</span> : null}{language() === 'en' ? p.text_en : fullWidth(p.text)}</p>
        <aside class="pm" aria-label={l.state(name)}>
          <p class="pm-s"><StateIcon of={p.word} size="s" />{strong ? <b>{stateWord(p.word)}</b> : stateWord(p.word)}</p>
          {strong ? <p class="pm-d">{[p.counts.verifying ? l.part(p.counts.verifying, p.counts.rows) : l.rows(p.counts.rows), p.since ? l.sinceDate(isoDate(ms(p.since))) : ''].filter(Boolean).join(' · ')}</p> : null}
          {p.bearers.length && p.word === 'unconnected' ? <p class="pm-d">{p.bearers.map(t).join(language() === 'en' ? ', ' : '、')}</p> : null}
          {p.word === 'not_judged' ? null : <p class="pm-a"><button class="linkish" type="button" aria-expanded={open} aria-controls={id} onClick={toggle}>{asks ? l.why(stateWord(p.word)) : l.evidence}<span class="vh"> {name}</span></button></p>}
        </aside>
      </div>
      {open ? <Why id={id} article={article.number} p={p} close={toggle} /> : null}
    </>
  );
}
