import { useState } from 'preact/hooks';
import { command, part, post } from '../../api/client';
import { useResource } from '../../api/resource';
import type { CityMap as City, TaskView } from '../../api/shapes';
import { CityMap, hasShape } from '../../parts/city-map';
import { Faults, Field, Loaded, complain, say, type Fault } from '../../parts/feedback';
import { useKeys } from '../../parts/keys';
import { Basis, LevelMark, LevelWord } from '../../parts/marks';
import { go } from '../../router';
import { clockSeconds, clockTime, due, ms, when } from '../../time';
import { lawNumber, t, w } from '../../words';
import { photoFault } from '../report/draft';

/** One task: two clocks, what happened before what to do, and the action at the lower edge. */
export function TaskPanel({ id, now, onDone }: { id: string; now: number; onDone: () => Promise<void> }) {
  const task = useResource<TaskView>(`/tasks/${part(id)}`, [`task:${id}`, 'case']);
  return <section class="tk-d" aria-labelledby="task-h"><p class="only-phone"><a class="tall" href="/inbox">← {w().inbox.back}</a></p><Loaded from={task}>{(data) => <Content of={data} now={now} done={async () => { await Promise.all([task.refetch(), onDone()]); }} />}</Loaded></section>;
}

function Content({ of, now, done }: { of: TaskView; now: number; done: () => Promise<void> }) {
  const i = w().inbox;
  const [mode, setMode] = useState<'none' | 'return'>('none');
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const may = (name: string) => of.events.find((e) => e.name === name)?.enabled ?? false;
  const run = async (name: string, body: Record<string, unknown>, words: string) => {
    if (busy) return false;
    setBusy(true);
    try { await command(name, { task: of.task.id, version: of.version, ...body }); await done(); say(words); return true; } catch (error) { complain(words, error); await done(); return false; } finally { setBusy(false); }
  };
  const accept = () => { if (may('flow.accept')) void run('flow.accept', {}, i.accepted); };
  const startReturn = () => { setMode('return'); requestAnimationFrame(() => document.querySelector<HTMLElement>('#ret input')?.focus()); };
  useKeys({ Enter: (e) => { if (!(e.target as HTMLElement).closest('a, button, input, label, summary')) accept(); }, a: accept, r: () => { if (may('flow.return')) startReturn(); }, s: () => { if (may('flow.start')) void run('flow.start', {}, i.started); } });
  const step = ms(of.task.deadline_step ?? of.task.deadline);
  const whole = ms(of.deadline);
  const photos = of.signals.filter((s) => s.photo_url);
  return (
    <>
      <div class="tk-h"><LevelMark of={of.level} size="xl" /><div><h2 id="task-h">{t(of.task.title) || t(of.headline)}</h2><p><LevelWord of={of.level} />{of.task.title ? <span>{t(of.headline)}</span> : null}<span>{t(of.place)}</span><span>{of.code}</span>{of.task.received_at ? <span>{i.from(when(ms(of.task.received_at), now))}</span> : null}<Basis article={of.article} /></p></div></div>
      <dl class="clocks">
        <div><dt>{i.thisStep(t(of.task.state_title))}</dt><dd><b>{Number.isFinite(step) ? w().time.before(when(step, now)) : i.noDeadline}</b>{Number.isFinite(step) ? due(step, now) : ''}</dd></div>
        <div><dt>{i.wholeCase}</dt><dd><b>{Number.isFinite(whole) ? w().time.before(when(whole, now)) : i.noDeadline}</b>{Number.isFinite(whole) ? due(whole, now) : ''}</dd></div>
      </dl>
      <div class="tk-two">
        <div>
          <section aria-labelledby="sg-h"><h3 id="sg-h">{i.happened(Math.max(1, of.signals.length))}</h3>
            {of.signals.length ? null : <p>{t(of.headline)}</p>}
            <ul class="sigs">{of.signals.map((s) => <li key={s.id}><LevelMark of={s.level} /><b>{t(s.headline)}</b><time dateTime={s.at}>{clockSeconds(ms(s.at))}</time><p>{[s.words, s.distance_m ? w().desk.metres(s.distance_m) : '', w().feedback.unaudited].filter(Boolean).join(' · ')} {s.source_link ? <a href={s.source_link}>{w().desk.source}</a> : null}</p></li>)}</ul>
          </section>
          {of.task.words ? <section><h3>{i.said}</h3><p class="pre">{of.task.words}</p></section> : null}
          {of.task.returned ? <section><h3>{w().desk.returned}</h3><p>{t(of.task.returned.reason)}：{of.task.returned.words}</p></section> : null}
          {of.task.reply ? <section><h3>{i.reply}</h3><p class="pre">{of.task.reply.words}</p><p class="ink-2">{t(of.task.reply.by)} {when(ms(of.task.reply.at), now)}</p>{of.task.reply.photo_url ? <figure class="shot narrow"><img src={of.task.reply.photo_url} alt={w().follow.after} /></figure> : null}</section> : null}
          {may('flow.reply') ? <ReplyForm of={of} run={run} /> : null}
          <section aria-labelledby="nt-h"><h3 id="nt-h">{i.notes}</h3>
            <ol class="notes">{of.log.map((l, n) => <li key={n}><time dateTime={l.at}>{clockTime(ms(l.at))}</time> {t(l.by)}{'：'}{t(l.text)}</li>)}</ol>
            {may('flow.note') ? <form class="form mt-2" onSubmit={(e) => { e.preventDefault(); if (note.trim()) void run('flow.note', { words: note.trim() }, w().desk.noted).then((ok) => { if (ok) setNote(''); }); }}>
              <Field id="note" label={i.noteLabel}>{(a) => <textarea class="input" rows={2} maxLength={1000} {...a} value={note} onInput={(e) => setNote(e.currentTarget.value)} />}</Field>
              <p class="actions"><button class="btn" type="submit">{i.noteGo}</button></p>
            </form> : null}
          </section>
        </div>
        <div>
          <Where of={of} />
          {photos.length ? <section aria-labelledby="pp-h"><h3 id="pp-h">{i.photos(photos.length)}</h3>{photos.map((s) => <figure class="shot" key={s.id}><img src={s.photo_url ?? ''} alt={t(s.headline)} /><figcaption>{clockTime(ms(s.at))}</figcaption></figure>)}</section> : null}
        </div>
      </div>
      {mode === 'return' && may('flow.return') ? <ReturnForm of={of} run={run} /> : null}
      {may('flow.accept') || may('flow.return') || may('flow.start') ? (
        <div class="act-bar">
          {may('flow.accept') ? <button class="btn btn-primary" type="button" aria-disabled={busy} onClick={accept}>{i.accept}<kbd>A</kbd></button> : null}
          {may('flow.start') && !may('flow.accept') ? <button class="btn" type="button" onClick={() => void run('flow.start', {}, i.started)}>{i.start}<kbd>S</kbd></button> : null}
          {may('flow.return') ? <button class="btn" type="button" aria-expanded={mode === 'return'} onClick={startReturn}>{i.returnGo}<kbd>R</kbd></button> : null}
        </div>
      ) : null}
    </>
  );
}

type Run = (name: string, body: Record<string, unknown>, words: string) => Promise<boolean>;

function Where({ of }: { of: TaskView }) {
  const map = useResource<City>(of.lon == null ? null : '/map');
  if (of.lon == null || of.lat == null || !map.data || !hasShape(map.data)) return null;
  return <section aria-labelledby="mp-h" class="minimap"><h3 id="mp-h">{w().inbox.where}</h3><CityMap city={map.data} simulated={false} title={t(of.place)} note={w().frame.schematic} marks={[{ id: of.id, lon: of.lon, lat: of.lat, level: of.level, large: true, label: t(of.place) }]} /></section>;
}

function ReturnForm({ of, run }: { of: TaskView; run: Run }) {
  const i = w().inbox;
  const [reason, setReason] = useState('');
  const [words, setWords] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const send = async (e: Event) => {
    e.preventDefault();
    const found = [...(reason ? [] : [{ field: `why-${of.return_reasons[0]?.id ?? ''}`, text: i.needReason }]), ...(words.trim() ? [] : [{ field: 'ret-words', text: i.needWords }])];
    setFaults(found);
    if (!found.length && await run('flow.return', { reason, words: words.trim() }, i.returnedDone)) go('/inbox');
  };
  return (
    <form onSubmit={(e) => void send(e)}>
      <Faults of={faults} />
      <fieldset class="ret" id="ret"><legend>{i.returnPick}</legend>
        {of.return_reasons.map((r) => <label class="check" key={r.id}><input id={`why-${r.id}`} type="radio" name="why" checked={reason === r.id} onChange={() => setReason(r.id)} /><span>{t(r.title)}<small>{/^\d+$/.test(r.article) ? i.dutyItem(t(r.item), lawNumber(Number(r.article))) : t(r.item)}</small></span></label>)}
        <Field id="ret-words" label={i.returnWords} fault={faults.find((f) => f.field === 'ret-words')?.text}>{(a) => <textarea class="input" rows={2} maxLength={1000} {...a} value={words} onInput={(e) => setWords(e.currentTarget.value)} />}</Field>
        <p class="actions"><button class="btn" type="submit">{i.returnSend}</button></p>
      </fieldset>
    </form>
  );
}

function ReplyForm({ of, run }: { of: TaskView; run: Run }) {
  const i = w().inbox;
  const [words, setWords] = useState('');
  const [photo, setPhoto] = useState<{ id: string; url: string } | null>(null);
  const [faults, setFaults] = useState<Fault[]>([]);
  const choose = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    const bad = photoFault(file);
    if (bad) { setFaults([{ field: 'reply-photo', text: bad === 'kind' ? w().report.errPhotoKind : w().report.errPhotoSize((file.size / 1048576).toFixed(1)) }]); return; }
    try { setPhoto(await post<{ id: string; url: string }>('/blobs', file)); setFaults([]); } catch (error) { complain(i.replyPhoto, error); }
  };
  const send = async (e: Event) => {
    e.preventDefault();
    if (!words.trim()) { setFaults([{ field: 'reply-words', text: i.needReply }]); return; }
    await run('flow.reply', { words: words.trim(), ...(photo ? { photo: photo.id } : {}) }, i.repliedDone);
  };
  return (
    <section aria-labelledby="re-h">
      <h3 id="re-h">{i.reply}</h3>
      <form class="form" onSubmit={(e) => void send(e)} key={of.task.id}>
        <Faults of={faults} />
        <Field id="reply-words" label={i.replyLabel} hint={i.replyHint} fault={faults.find((f) => f.field === 'reply-words')?.text}>{(a) => <textarea class="input" rows={5} maxLength={1000} {...a} value={words} onInput={(e) => setWords(e.currentTarget.value)} />}</Field>
        <div class="reply-photo">{photo ? <figure class="shot"><img src={photo.url} alt={w().follow.after} /><figcaption><span>{w().report.onePhoto}</span><button class="btn btn-quiet" type="button" onClick={() => setPhoto(null)}>{w().report.takeOff}</button></figcaption></figure> : <div class="add"><span>{i.replyPhoto}</span><input id="reply-photo" type="file" accept="image/jpeg,image/png,image/webp" aria-label={i.replyPhoto} onChange={(e) => void choose(e.currentTarget)} /></div>}</div>
        <div class="do"><button class="btn btn-primary" type="submit">{i.replyGo}</button><p>{i.replyRule}</p></div>
      </form>
    </section>
  );
}
