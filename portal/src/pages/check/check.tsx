import { useState } from 'preact/hooks';
import { command } from '../../api/client';
import { useResource } from '../../api/resource';
import type { CheckCase, Checks } from '../../api/shapes';
import { Empty, Faults, Field, Loaded, complain, say, type Fault } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { LevelMark, LevelWord, Sim, StateIcon } from '../../parts/marks';
import { due, ms, when } from '../../time';
import { useTitle } from '../../title';
import { t, w } from '../../words';
import '../inbox/inbox.css';

/** Cases that have been answered. Somebody who did not answer compares before and after, and closes or sends back. */
export default function CheckPage() {
  const c = w().check;
  useTitle(c.title);
  const checks = useResource<Checks>('/checks', ['checks', 'check', 'case', 'inbox', 'desk']);
  return (
    <Page staff>
      <div class="wrap">
        <header class="ib-head"><h1>{c.title}</h1><p>{c.lead} <Sim /></p></header>
        <Loaded from={checks}>{(data) => (data.cases.length ? <>{data.cases.map((x) => <One key={x.id} of={x} now={ms(data.now)} done={checks.refetch} />)}</> : <Empty title={c.empty}><p>{c.emptyText}</p></Empty>)}</Loaded>
      </div>
    </Page>
  );
}

function One({ of, now, done }: { of: CheckCase; now: number; done: () => Promise<void> }) {
  const c = w().check;
  const [ticked, setPoints] = useState<Set<string>>(new Set());
  const [sending, setSending] = useState(false);
  const [words, setWords] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const after = of.tasks.map((task) => task.reply).find((r) => r?.photo_url);
  const ready = of.points.every((p) => ticked.has(p.id));
  const toggle = (id: string) => setPoints((old) => { const next = new Set(old); if (next.has(id)) next.delete(id); else next.add(id); return next; });
  const run = async (pass: boolean) => {
    try {
      await command('flow.check', { case: of.id, version: of.version, pass, ...(pass ? { checks: of.points.map((p) => p.id) } : {}), ...(words.trim() ? { words: words.trim() } : {}) });
      // The button says both: what has passed is closed by the same hand.
      if (pass) await command('flow.close', { case: of.id });
      say(pass ? c.passed : c.failed);
    } catch (error) { complain(pass ? c.pass : c.failGo, error); }
    await done();
  };
  const close = async () => {
    try { await command('flow.close', { case: of.id, version: of.version }); say(c.passed); } catch (error) { complain(c.closeGo, error); }
    await done();
  };
  const sendBack = (e: Event) => {
    e.preventDefault();
    const found = words.trim() ? [] : [{ field: `w-${of.id}`, text: c.needWords }];
    setFaults(found);
    if (!found.length) void run(false);
  };
  return (
    <section class="ck" aria-labelledby={`h-${of.id}`}>
      <div class="tk-h"><LevelMark of={of.level} size="xl" /><div><h2 id={`h-${of.id}`}>{t(of.headline)}</h2><p><LevelWord of={of.level} /><span>{t(of.place)}</span><span>{of.code}</span>{of.deadline ? <span class={of.late ? 'word-red' : ''}>{w().desk.deadline} {when(ms(of.deadline), now)} {due(ms(of.deadline), now)}</span> : null}</p></div></div>
      <div class="two">
        <div>
          <div class="cmp">
            <figure>{of.photo_before_url ? <img src={of.photo_before_url} alt={w().follow.before} /> : <div class="blank">{c.noPhoto}</div>}<figcaption><span><b>{w().follow.before}</b> {when(ms(of.since), now)}</span></figcaption></figure>
            <figure>{after?.photo_url ? <img src={after.photo_url} alt={w().follow.after} /> : <div class="blank">{c.noPhoto}</div>}<figcaption><span><b>{w().follow.after}</b> {after ? `${when(ms(after.at), now)} ${t(after.by)}` : ''}</span></figcaption></figure>
          </div>
          <section class="mt-6" aria-labelledby={`r-${of.id}`}><h3 id={`r-${of.id}`}>{c.replies(of.tasks.length)}</h3>
            <table class="table stack"><thead><tr><th scope="col">{c.body}</th><th scope="col">{c.reply}</th><th scope="col">{c.by}</th><th scope="col">{c.at}</th></tr></thead>
              <tbody>{of.tasks.map((task) => <tr key={task.id}><th scope="row">{t(task.body)}</th><td data-l={c.reply}>{task.reply?.words ?? (task.returned ? `${w().desk.returned}：${t(task.returned.reason)}` : t(task.state_title))}</td><td data-l={c.by}>{t(task.reply?.by ?? task.returned?.by)}</td><td class="nw" data-l={c.at}>{task.reply || task.returned ? when(ms((task.reply ?? task.returned)?.at), now) : w().time.none}</td></tr>)}</tbody></table>
          </section>
        </div>
        <div class="do">
          {of.may_check && of.state === 'checked' ? <><p>{c.checkedOnly}</p><button class="btn btn-primary" type="button" onClick={() => void close()}>{c.closeGo}</button></> : of.may_check ? (
            <>
              <h3>{c.list(of.points.length)}</h3>
              <ul class="cks">{of.points.map((p) => <li key={p.id}><label class="check"><input type="checkbox" checked={ticked.has(p.id)} onChange={() => toggle(p.id)} /><span>{t(p.title)}</span></label></li>)}</ul>
              <button class="btn btn-primary" type="button" aria-disabled={!ready} onClick={() => { if (ready) void run(true); }}>{c.pass}</button>
              {ready ? null : <p>{c.needAll(of.points.length)}</p>}
              <button class="btn" type="button" aria-expanded={sending} onClick={() => setSending(!sending)}>{c.fail}</button>
              {sending ? <form class="form" onSubmit={sendBack}><Faults of={faults} /><Field id={`w-${of.id}`} label={c.words} fault={faults[0]?.text}>{(a) => <textarea class="input" rows={2} maxLength={1000} {...a} value={words} onInput={(e) => setWords(e.currentTarget.value)} />}</Field><p class="actions"><button class="btn" type="submit">{c.failGo}</button></p></form> : null}
            </>
          ) : <p class="barred"><StateIcon of="not_judged" /><span><b>{c.cannot}</b><br />{t(of.why_not)}</span></p>}
        </div>
      </div>
    </section>
  );
}
