import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { part, post } from '../../api/client';
import type { Case, CaseSignal, CaseTask } from '../../api/shapes';
import { Field, complain } from '../../parts/feedback';
import { Basis, LevelMark, LevelWord } from '../../parts/marks';
import { clockSeconds, due, ms, span, when } from '../../time';
import { lawNumber, t, w } from '../../words';

export interface Ticks { merge: Set<string>; bodies: Set<string> }

/** The states that the line of steps shows when the server does not name them. */
const LINE = ['received', 'filed', 'dispatched', 'accepted', 'handling', 'replied', 'checked', 'closed'];

export function Steps({ of }: { of: Case }) {
  const steps = of.steps ?? [{ state: of.state, title: of.state_title }];
  const here = Math.max(0, steps.findIndex((s) => s.state === of.state));
  return (
    <ol class="steps" aria-label={w().desk.steps}>
      {steps.filter((s) => of.steps || LINE.includes(s.state)).map((s, i) => <li key={s.state} class={i < here ? 'done' : ''} {...(i === here ? { 'aria-current': 'step' as const } : {})}>{t(s.title)}</li>)}
    </ol>
  );
}

/** One case: what happened, what may be merged, who is to act, what was done. The actions stand below, always in view. */
export function CasePanel({ of, now, ticks, onTick, actions, note }: {
  of: Case; now: number; ticks: Ticks; onTick: (kind: keyof Ticks, id: string) => void; actions: ComponentChildren; note: ComponentChildren;
}) {
  const d = w().desk;
  const worst = Math.max(0, ...of.suggestions.map((s) => s.distance_m));
  const longest = Math.max(0, ...of.suggestions.map((s) => s.minutes));
  return (
    <>
      <div class="c-head">
        <LevelMark of={of.level} size="xl" />
        <div>
          <h2 id="c-h">{t(of.headline)}</h2>
          <p><LevelWord of={of.level} /><span>{t(of.place)}</span><span>{w().time.from(clockSeconds(ms(of.since)))} <b>{span(now - ms(of.since))}</b></span></p>
          <p><span>{of.code}</span>{of.matter ? <span>{t(of.matter.title)}</span> : null}<Basis article={of.article} />{of.deadline ? <span class={of.late ? 'word-red' : ''}>{d.deadline} {when(ms(of.deadline), now)} {due(ms(of.deadline), now)}</span> : null}</p>
        </div>
      </div>
      <Steps of={of} />
      <div class="c-body" id="case-body" tabIndex={0} role="region" aria-labelledby="c-h">
        {of.suggestions.length ? (
          <section aria-labelledby="mg-h">
            <div class="c-h3"><h3 id="mg-h">{d.suggest(of.suggestions.length)}</h3><span>{d.suggestWhy(Math.round(worst), Math.ceil(longest))}</span></div>
            <ul class="pick">
              {of.suggestions.map((s) => (
                <li key={s.id}><label><input type="checkbox" checked={ticks.merge.has(s.id)} onChange={() => onTick('merge', s.id)} /><LevelMark of={s.level ?? 3} size="m" /><span>{t(s.headline)}</span><span class="pick-d">{d.metres(s.distance_m)}</span><time>{clockSeconds(ms(s.at))}</time></label></li>
              ))}
            </ul>
          </section>
        ) : null}
        {of.suggested_bodies.length ? (
          <section aria-labelledby="tk-h">
            <div class="c-h3"><h3 id="tk-h">{d.bodies(ticks.bodies.size)}</h3><span>{d.bodiesWhy}</span></div>
            <ul class="pick pick-2">
              {of.suggested_bodies.map((b) => (
                <li key={b.id}><label><input type="checkbox" checked={ticks.bodies.has(b.id)} onChange={() => onTick('bodies', b.id)} /><span><b>{t(b.name)}</b><span>{t(b.basis)}</span></span>{/^\d+$/.test(b.article) ? <span class="pick-r">{w().article.name(lawNumber(Number(b.article)))}</span> : null}</label></li>
              ))}
            </ul>
          </section>
        ) : null}
        {note}
        {of.tasks.length ? <Tasks of={of.tasks} now={now} /> : null}
        <Signals of={of} />
        <section aria-labelledby="lg-h">
          <div class="c-h3"><h3 id="lg-h">{d.log}</h3><span>{d.logAuto}</span></div>
          <ol class="c-log">{[...of.log].reverse().map((l, i) => <li key={i}><time dateTime={l.at}>{clockSeconds(ms(l.at))}</time><span>{t(l.text)} <span class="ink-3">{t(l.by)}</span></span>{l.photo_url ? <a href={l.photo_url} target="_blank" rel="noopener">{d.photo}</a> : null}</li>)}</ol>
        </section>
      </div>
      <div class="c-act">{actions}</div>
    </>
  );
}

function Tasks({ of, now }: { of: CaseTask[]; now: number }) {
  const d = w().desk;
  return (
    <section aria-labelledby="ts-h">
      <div class="c-h3"><h3 id="ts-h">{d.tasks(of.length)}</h3></div>
      <ul class="c-tasks">
        {of.map((task) => (
          <li key={task.id}>
            <p><b>{t(task.body)}</b> <span>{t(task.state_title)}{task.accepted_by ? `，${d.acceptedBy(t(task.accepted_by))}` : ''}</span>{task.deadline && !task.reply && !task.returned ? <span class={ms(task.deadline) < now ? 'word-red' : 'ink-2'}> {due(ms(task.deadline), now)}</span> : null}</p>
            {task.reply ? <p class="ink-2">{task.reply.words} <span class="ink-3">{t(task.reply.by)} {when(ms(task.reply.at), now)}</span>{task.reply.photo_url ? <> <a href={task.reply.photo_url} target="_blank" rel="noopener">{d.photo}</a></> : null}</p> : null}
            {task.returned ? <p class="ink-2"><b>{d.returned}</b> {t(task.returned.reason)}：{task.returned.words} <span class="ink-3">{t(task.returned.by)}</span></p> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Signals({ of }: { of: Case }) {
  const d = w().desk;
  return (
    <section aria-labelledby="sg-h">
      <div class="c-h3"><h3 id="sg-h">{d.signals(of.signals.length)}</h3></div>
      <ul class="c-sigs">
        {of.signals.map((s) => (
          <li key={s.id}>
            <LevelMark of={s.level} size="m" />
            <div><p><b>{t(s.headline)}</b></p>{s.words ? <p class="ink-2">{s.words}</p> : null}<p class="ink-2 sig-line"><span>{s.code}</span>{s.distance_m ? <span>{d.metres(s.distance_m)}</span> : null}{s.source_link ? <a href={s.source_link}>{d.source}</a> : null}{s.photo_url ? <a href={s.photo_url} target="_blank" rel="noopener">{d.photo}</a> : null}{s.phone_available ? <Phone caseId={of.id} signal={s} /> : null}</p></div>
            <time dateTime={s.at}>{clockSeconds(ms(s.at))}</time>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A telephone number is personal: it is asked for with a purpose, and the asking is recorded. */
export function Phone({ caseId, signal }: { caseId: string; signal: CaseSignal }) {
  const d = w().desk;
  const [open, setOpen] = useState(false);
  const [why, setWhy] = useState('');
  const [phone, setPhone] = useState<string | null>(null);
  if (phone) return <a href={`tel:${phone}`}>{phone}</a>;
  if (!open) return <button class="linkish" type="button" onClick={() => setOpen(true)}>{d.seePhone}</button>;
  const ask = async (event: Event) => {
    event.preventDefault();
    if (!why.trim()) return;
    try { setPhone((await post<{ phone: string }>(`/cases/${part(caseId)}/signals/${part(signal.id)}/phone`, { purpose: why.trim() })).phone); } catch (error) { complain(d.phoneGo, error); }
  };
  return (
    <form class="phone" onSubmit={(e) => void ask(e)}>
      <Field id={`why-${signal.id}`} label={d.phoneWhy} hint={d.phoneWhyHint}>{(a) => <input class="input" {...a} value={why} required onInput={(e) => setWhy(e.currentTarget.value)} />}</Field>
      <button class="btn" type="submit">{d.phoneGo}</button>
    </form>
  );
}
