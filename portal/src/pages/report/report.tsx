import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { post, reason } from '../../api/client';
import { useResource } from '../../api/resource';
import type { Area, Choice, CityMap as City, Receipt } from '../../api/shapes';
import { Copy, Failure, Faults, type Fault } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { go, usePlace } from '../../router';
import { serverNow } from '../../clock';
import { ms, when } from '../../time';
import { useTitle } from '../../title';
import { w } from '../../words';
import { MAX_WORDS, body, forget, keep, phoneFault, restore, type Draft } from './draft';
import { What, Where, Who, placeName, type StepProps } from './steps';
import { spaced } from '../follow/code';
import './report.css';

const STEPS = ['what', 'where', 'who', 'review', 'receipt'] as const;
type Step = (typeof STEPS)[number];

/** A report by anyone, without an account: one question a screen, then a check, then the receipt. */
export default function ReportPage() {
  const r = w().report;
  useTitle(r.title);
  const { query } = usePlace();
  const [draft, setDraft] = useState<Draft>(restore);
  const [faults, setFaults] = useState<Fault[]>([]);
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const areas = useResource<Area[]>('/areas');
  const matters = useResource<Choice[]>('/matters');
  const asked = (STEPS.find((s) => s === query.get('step')) ?? 'what') as Step;
  const step: Step = asked === 'receipt' && !receipt ? 'what' : asked;
  const change = (c: Partial<Draft>) => setDraft((d) => { const next = { ...d, ...c }; keep(next); return next; });
  const to = (s: Step) => { setFaults([]); go(`/report?step=${s}`); };
  useEffect(() => { scrollTo(0, 0); document.getElementById('step-h')?.focus({ preventScroll: true }); }, [step]);

  const check = (s: Step): Fault[] => {
    if (s === 'what') {
      if (!draft.words.trim() && !draft.photo) return [{ field: 'words', text: r.errWhat }];
      if (draft.words.length > MAX_WORDS) return [{ field: 'words', text: r.errLong(draft.words.length) }];
    }
    if (s === 'where' && !draft.place && draft.lon == null) return [{ field: 'find', text: r.errWhere }];
    if (s === 'who') { const f = phoneFault(draft.phone); if (f) return [{ field: 'phone', text: f === 'wrong' ? r.errPhone : r.errPhoneShort(f.short) }]; }
    return [];
  };
  const next = (s: Step, then: Step) => { const found = check(s); setFaults(found); if (!found.length) to(then); };
  const send = async () => {
    const bad = (['what', 'where', 'who'] as const).find((s) => check(s).length);
    if (bad) { to(bad); setFaults(check(bad)); return; }
    setSending(true);
    setProblem(null);
    try {
      setReceipt(await post<Receipt>('/reports', body(draft)));
      forget();
      to('receipt');
    } catch (error) {
      setProblem(reason(error));
    }
    setSending(false);
  };
  const shown = { draft, change, faults, areas: areas.data ?? [], matters: matters.data ?? [] };
  return (
    <Page>
      <section class="scr" aria-labelledby="step-h">
        <div class="wrap">
          {step === 'what' ? <What {...shown} head={<Head n={1} title={r.what} lead={r.whatLead} faults={faults} />} actions={<p class="actions"><button class="btn btn-primary" type="button" onClick={() => next('what', 'where')}>{r.next}</button><a class="btn btn-quiet" href="/">{r.quit}</a></p>} /> : null}
          {step === 'where' ? <WhereStep {...shown} head={<Head n={2} title={r.where} lead={r.whereLead} faults={faults} />} actions={<p class="actions"><button class="btn btn-primary" type="button" onClick={() => next('where', 'who')}>{r.next}</button><button class="btn btn-quiet" type="button" onClick={() => to('what')}>{r.back}</button></p>} /> : null}
          {step === 'who' ? <Who {...shown} head={<Head n={3} title={r.who} lead={r.whoLead} faults={faults} />} actions={<p class="actions"><button class="btn btn-primary" type="button" onClick={() => next('who', 'review')}>{r.next}</button><button class="btn" type="button" onClick={() => { change({ phone: '' }); to('review'); }}>{r.skip}</button><button class="btn btn-quiet" type="button" onClick={() => to('where')}>{r.back}</button></p>} /> : null}
          {step === 'review' ? <Review draft={draft} areas={areas.data ?? []} to={to} send={() => void send()} sending={sending} problem={problem} /> : null}
          {step === 'receipt' && receipt ? <Slip receipt={receipt} draft={draft} areas={areas.data ?? []} again={() => { setDraft({ ...restore(), words: '', matter: '', photo: null, phone: '', near: '' }); to('what'); }} /> : null}
        </div>
      </section>
    </Page>
  );
}

function Head({ n, title, lead, faults }: { n: number; title: string; lead: string; faults: Fault[] }) {
  return (
    <>
      <p class="scr-n">{w().report.step(n)}</p>
      <div class="bars" aria-hidden="true">{[1, 2, 3].map((i) => <i key={i} class={i <= n ? 'on' : ''} />)}</div>
      <h1 id="step-h" tabIndex={-1}>{title}</h1>
      <p class="scr-lead">{lead}</p>
      <Faults of={faults} />
    </>
  );
}

/** Only this step needs the map. */
function WhereStep(props: StepProps) {
  const map = useResource<City>('/map');
  return <Where {...props} city={map.data} />;
}

function Review({ draft, areas, to, send, sending, problem }: { draft: Draft; areas: Area[]; to: (s: Step) => void; send: () => void; sending: boolean; problem: string | null }) {
  const r = w().report;
  const url = useMemo(() => (draft.photo ? URL.createObjectURL(draft.photo) : null), [draft.photo]);
  useEffect(() => () => { if (url) URL.revokeObjectURL(url); }, [url]);
  const line = (title: string, text: ComponentChildren, step: Step) => <div><dt>{title}</dt><dd>{text}</dd><dd class="ed"><button class="linkish" type="button" onClick={() => to(step)}>{r.edit}<span class="vh"> {title}</span></button></dd></div>;
  return (
    <>
      <p class="scr-n">{r.check}</p>
      <h1 id="step-h" tabIndex={-1}>{r.review}</h1>
      <p class="scr-lead">{r.reviewLead}</p>
      {problem ? <Failure title={r.notSent} text={`${problem} ${r.notSentText}`} /> : null}
      <dl class="review">
        {line(r.what, draft.words.trim() || r.noPhoto, 'what')}
        {line(r.photo, url ? <>{r.onePhoto}<img src={url} alt={r.photoAlt} /></> : r.noPhoto, 'what')}
        {line(r.where, [placeName(draft, areas), draft.near.trim()].filter(Boolean).join('，'), 'where')}
        {line(r.contact, draft.phone.trim() || r.notLeft, 'who')}
      </dl>
      <p class="actions"><button class="btn btn-primary" type="button" aria-disabled={sending} onClick={() => { if (!sending) send(); }}>{sending ? r.sending : r.send}</button><button class="btn btn-quiet" type="button" onClick={() => to('who')}>{r.back}</button></p>
    </>
  );
}

function Slip({ receipt, draft, areas, again }: { receipt: Receipt; draft: Draft; areas: Area[]; again: () => void }) {
  const r = w().report;
  return (
    <>
      <p class="scr-n">{r.receipt}</p>
      <h1 id="step-h" tabIndex={-1}>{r.got}</h1>
      <p class="scr-lead">{r.gotLead(when(ms(receipt.received_at), serverNow()))}</p>
      <div class="slip"><dl><dt>{r.code}</dt><dd class="code-big">{spaced(receipt.code)}</dd><dt>{r.about}</dt><dd>{[draft.words.trim().slice(0, 40), placeName(draft, areas)].filter(Boolean).join(' · ')}</dd><dt>{r.then}</dt><dd>{r.thenText}</dd></dl></div>
      <p class="actions"><a class="btn btn-primary" href={`/follow/${receipt.code}`}>{r.followIt}</a><Copy text={receipt.code}>{r.copyCode}</Copy><button class="btn btn-quiet" type="button" onClick={again}>{r.another}</button></p>
      <p class="ink-2 mt-4">{r.lost}</p>
    </>
  );
}
