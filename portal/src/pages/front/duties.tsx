import type { Article, Paragraph } from '../../api/shapes';
import { Sim, StateIcon, stateWord } from '../../parts/marks';
import { ms, span, when } from '../../time';
import { fullWidth, language, lawNumber, t, w } from '../../words';

const SHOWN = 4;

/** What the city has not done: found not met by name of the paragraph, being verified by number only. */
export function Duties({ articles, simulated, now }: { articles: Article[]; simulated: boolean; now: number }) {
  const f = w().front;
  const open = articles.flatMap((a) => a.paragraphs.map((p) => ({ a, p }))).filter(({ p }) => p.word === 'not_met' || p.word === 'verifying');
  open.sort((x, y) => Number(y.p.word === 'not_met') - Number(x.p.word === 'not_met'));
  return (
    <section class="band" aria-labelledby="duty-h">
      <div class="wrap">
        <div class="band-head"><h2 id="duty-h">{f.duty}</h2><p class="ink-2">{f.dutyNote}<Sim on={simulated} /></p></div>
        {open.length ? <ul class="duty-list">{open.slice(0, SHOWN).map(({ a, p }) => <One key={`${a.number}-${p.paragraph}`} article={a} p={p} now={now} />)}</ul> : articles.length ? <p>{f.dutyNone}</p> : null}
        <p class="duty-more">{open.length > SHOWN ? f.dutyMore(open.length - SHOWN) : null}<a class="tall" href="/law">{f.dutyAll}</a></p>
      </div>
    </section>
  );
}

function One({ article, p, now }: { article: Article; p: Paragraph; now: number }) {
  const f = w().front;
  const name = w().article.paragraph(lawNumber(article.number), lawNumber(p.paragraph));
  const text = language() === 'en' ? p.text_en : fullWidth(p.text);
  const since = ms(p.since);
  return (
    <li>
      <StateIcon of={p.word} size="xl" />
      <div>
        <p class={`small ${p.word === 'not_met' ? 'word-red' : 'word-yellow'}`}>{stateWord(p.word)}</p>
        <h3>{name}{language() === 'en' ? ': ' : '：'}{f.dutyCount(p.counts.verifying || p.counts.rows - p.counts.met, p.counts.rows)}</h3>
      </div>
      <div class="duty-b">
        <dl class="facts">
          {p.since ? <><dt>{f.dutySince}</dt><dd><b>{w().time.from(when(since, now))}</b>{language() === 'en' ? ', ' : '，'}{w().time.lasted(span(now - since))}</dd></> : null}
          <dt>{f.dutyWho}</dt><dd>{p.bearers.map(t).join(language() === 'en' ? ', ' : '、')}</dd>
          <dt>{f.dutyNext}</dt><dd>{f.dutyNextText}</dd>
        </dl>
        <blockquote class={`law-quote ${p.word === 'not_met' ? 'broken' : 'gap'}`}>{text}<cite><a href={`/law/${article.number}`}>{name}</a></cite></blockquote>
      </div>
    </li>
  );
}
