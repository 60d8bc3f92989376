import { useState } from 'preact/hooks';
import { Refusal, part, post } from '../../api/client';
import { useResource } from '../../api/resource';
import type { Follow } from '../../api/shapes';
import type { PageProps } from '../../app';
import { Empty, Faults, Field, Loaded, complain, type Fault } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { Sim } from '../../parts/marks';
import { go } from '../../router';
import { ms, when } from '../../time';
import { useTitle } from '../../title';
import { t, w } from '../../words';
import { readCode, spaced } from './code';
import '../report/report.css';

/** How far a report has come, by its code, and the rating at the end. */
export default function FollowPage({ params }: PageProps) {
  useTitle(w().follow.title);
  return <Page><section class="scr"><div class="wrap">{params.code ? <One key={params.code} code={params.code} /> : <Ask />}</div></section></Page>;
}

function Ask() {
  const f = w().follow;
  const [code, setCode] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const submit = (e: Event) => {
    e.preventDefault();
    const read = readCode(code);
    if (read) go(`/follow/${read}`);
    else setFaults([{ field: 'code', text: f.errCode }]);
  };
  return (
    <form onSubmit={submit} noValidate>
      <p class="scr-n">{f.title}</p>
      <h1>{f.ask}</h1>
      <p class="scr-lead">{f.askLead}</p>
      <Faults of={faults} />
      <div class="narrow"><Field id="code" label={f.code} fault={faults[0]?.text}>{(a) => <input class="input mono" autocomplete="off" autocapitalize="characters" spellcheck={false} maxLength={12} {...a} value={code} onInput={(e) => setCode(e.currentTarget.value)} />}</Field></div>
      <p class="actions"><button class="btn btn-primary" type="submit">{f.go}</button></p>
      <p class="ink-2 mt-4">{w().report.lost}</p>
    </form>
  );
}

function One({ code }: { code: string }) {
  const f = w().follow;
  const view = useResource<Follow>(`/reports/${part(code)}`, ['follow']);
  if (view.error instanceof Refusal && view.error.status === 404) return <Empty title={f.notFound}><p>{f.notFoundText}</p><p class="actions"><a class="btn" href="/follow">{f.other}</a></p></Empty>;
  return <Loaded from={view}>{(data) => <Content of={data} refetch={view.refetch} />}</Loaded>;
}

function Content({ of, refetch }: { of: Follow; refetch: () => Promise<void> }) {
  const f = w().follow;
  const now = ms(of.now);
  const last = of.steps.reduce((n, s, i) => (s.at ? i : n), -1);
  return (
    <div class="scr-2">
      <div class="col-a">
        <p class="scr-n">{f.kicker(spaced(of.code))} <Sim /></p>
        <h1>{t(of.title)}</h1>
        <ol class="path mt-6" aria-label={f.path}>
          {of.steps.map((s, i) => (
            <li key={s.state + i} class={i < last ? 'done' : i === last ? '' : 'todo'} {...(i === last ? { 'aria-current': 'step' as const } : {})}>
              <span class="dot" aria-hidden="true" />
              <div><b>{t(s.title)}</b>{s.at ? <p>{[when(ms(s.at), now), t(s.by), t(s.text)].filter(Boolean).join(' · ')}</p> : null}</div>
            </li>
          ))}
        </ol>
        <p class="actions"><a class="btn" href="/follow">{f.other}</a></p>
      </div>
      <div class="col-b">
        {of.reply ? (
          <div class="reply">
            <h2>{of.reply.by ? f.replyBy(t(of.reply.by)) : f.reply}</h2>
            {of.reply.at ? <p class="ink-2 small">{when(ms(of.reply.at), now)}</p> : null}
            <p>{of.reply.words}</p>
            {of.reply.photo_url || of.reply.photo_before_url ? (
              <div class="cmp">
                <figure>{of.reply.photo_before_url ? <img src={of.reply.photo_before_url} alt={f.before} /> : <div class="blank">{w().check.noPhoto}</div>}<figcaption><b>{f.before}</b></figcaption></figure>
                <figure>{of.reply.photo_url ? <img src={of.reply.photo_url} alt={f.after} /> : <div class="blank">{w().check.noPhoto}</div>}<figcaption><b>{f.after}</b></figcaption></figure>
              </div>
            ) : null}
          </div>
        ) : <p class="ink-2">{f.noReply}</p>}
        {of.rating ? <p class="mt-6"><b>{f.rated(t(of.rating_words.find((r) => r.id === of.rating?.word)?.title) || of.rating.word)}</b></p> : null}
        {of.may_rate && !of.rating ? <Rate of={of} refetch={refetch} /> : null}
      </div>
    </div>
  );
}

function Rate({ of, refetch }: { of: Follow; refetch: () => Promise<void> }) {
  const f = w().follow;
  const [word, setWord] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const submit = async (e: Event) => {
    e.preventDefault();
    if (!word) { setFaults([{ field: `rate-${of.rating_words[0]?.id ?? ''}`, text: f.pick }]); return; }
    try { await post(`/reports/${part(of.code)}/rating`, { word }); await refetch(); } catch (error) { complain(f.rateGo, error); }
  };
  return (
    <form onSubmit={(e) => void submit(e)}>
      <Faults of={faults} />
      <fieldset class="rate">
        <legend>{f.rate}</legend>
        <div class="choices">{of.rating_words.map((r) => <label key={r.id} class={r.id === word ? 'on' : ''}><input id={`rate-${r.id}`} type="radio" name="rate" checked={r.id === word} onChange={() => setWord(r.id)} />{t(r.title)}</label>)}</div>
        <p class="actions"><button class="btn btn-primary" type="submit">{f.rateGo}</button></p>
      </fieldset>
    </form>
  );
}
