import { useResource } from '../../api/resource';
import type { Article, Duty, Paragraph } from '../../api/shapes';
import { Loaded } from '../../parts/feedback';
import { Mark, Sim, Tag, stateWord } from '../../parts/marks';
import { isoDate, ms } from '../../time';
import { language, t, w } from '../../words';

/** The answer in words first, then the counts, then, for those who may see them, the rows. */
export function Why({ id, article, p, close }: { id: string; article: number; p: Paragraph; close: () => void }) {
  const l = w().lawpage;
  const view = useResource<Article>(`/articles/${article}`, ['law']);
  const asks = p.word === 'verifying' || p.word === 'not_met';
  return (
    <section class={`why why-${p.word}`} id={id} aria-labelledby={`${id}-h`}>
      <div class="why-main">
        <div class="why-head"><h4 id={`${id}-h`}>{asks ? l.why(stateWord(p.word)) : l.evidence}</h4><Sim /><button class="btn btn-quiet why-close" type="button" aria-expanded="true" aria-controls={id} onClick={close}>{w().feedback.close}</button></div>
        <p class="why-p">{l.explain[p.word]}</p>
        <Loaded from={view} lines={3}>
          {(data) => {
            const duties = data.paragraphs.find((x) => x.paragraph === p.paragraph)?.duties ?? [];
            return duties.length ? duties.map((d) => <DutyView key={d.id} of={d} />) : <p class="ink-2 mt-2">{l.none}</p>;
          }}
        </Loaded>
      </div>
      <div class="why-side">
        {p.bearers.length ? <div><h4>{l.whoBears}</h4><p>{p.bearers.map(t).join(language() === 'en' ? ', ' : '、')}</p></div> : null}
        {asks || p.word === 'met' ? <div><h4>{l.howBack}</h4><p>{l.howBackText}</p></div> : null}
        {p.word === 'verifying' ? <div><h4>{l.noName}</h4><p>{l.noNameText}</p></div> : null}
      </div>
    </section>
  );
}

function DutyView({ of }: { of: Duty }) {
  const l = w().lawpage;
  return (
    <div class="duty">
      <h5>{t(of.title)}</h5>
      <p class="ink-2">{t(of.evidence_title)} {of.verified ? null : <Tag>{w().feedback.unverified}</Tag>}</p>
      {of.legal_basis ? <p class="ink-2">{l.basisOf} {t(of.legal_basis)}</p> : null}
      {of.by_area.length ? (
        <details class="why-rows" open={of.by_area.length <= 12}><summary>{l.byArea} · {of.by_area.length}</summary><table class="table why-table stack">
          <caption class="vh">{l.byArea}</caption>
          <thead><tr><th scope="col">{l.area}</th><th scope="col">{l.type}</th><th scope="col" class="num">{l.total}</th><th scope="col" class="num">{l.metCount}</th><th scope="col" class="num">{l.notCount}</th></tr></thead>
          <tbody>
            {of.by_area.map((a, i) => <tr key={i}><th scope="row">{t(a.area)}</th><td data-l={l.type}>{t(a.type)}</td><td class="num" data-l={l.total}>{a.total}</td><td class="num" data-l={l.metCount}>{a.met}</td><td class="num" data-l={l.notCount}><b>{a.total - a.met}</b></td></tr>)}
          </tbody>
        </table></details>
      ) : null}
      {of.rows.length ? (
        <details class="why-rows" open={of.rows.length <= 12}>
          <summary>{l.dutyRows} · {of.rows.length}</summary>
          <table class="table why-table stack">
            <thead><tr><th scope="col">{l.name}</th><th scope="col">{l.area}</th><th scope="col">{l.stateCol}</th><th scope="col">{l.sinceCol}</th></tr></thead>
            <tbody>
              {of.rows.map((r) => (
                <tr key={r.subject}>
                  <th scope="row">{t(r.name)}</th><td data-l={l.area}>{t(r.area)}</td>
                  <td data-l={l.stateCol}>{r.machine === 'hint' || r.machine === 'due' ? <Mark of={r.machine} /> : r.met == null ? w().time.none : r.met ? <Mark of="met">{l.metCount}</Mark> : <Mark of="verifying">{l.notCount}</Mark>}</td>
                  <td class="nw" data-l={l.sinceCol}>{r.since ? isoDate(ms(r.since)) : w().time.none}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      ) : null}
    </div>
  );
}
