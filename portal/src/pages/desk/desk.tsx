import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { command, part } from '../../api/client';
import { useResource } from '../../api/resource';
import type { Case, CityMap, Desk } from '../../api/shapes';
import type { PageProps } from '../../app';
import { useNow } from '../../clock';
import { Empty, Field, Loaded, complain, say, undoNow } from '../../parts/feedback';
import { useKeys } from '../../parts/keys';
import { useTitle } from '../../title';
import { t, w } from '../../words';
import { CasePanel, type Ticks } from './case-panel';
import { DeskMap } from './desk-map';
import { KeysDialog, KeysLine } from './keys-help';
import { EMPTY, bracket, move, refresh, settle, showNew, start, waitsForDesk, type Queue } from './queue';
import { QueueList } from './queue-list';
import { Timeline } from './timeline';
import { Top } from './top';
import { useAlarmSound } from './use-sound';
import './desk.css';

/** A key pressed in the instant after the suggestions changed was meant for what stood there before. */
const GUARD_MS = 250;

/** The duty seat: queue, map and case side by side, the whole job by keyboard, and a queue that never moves by itself. */
export default function DeskPage({ params }: PageProps) {
  const d = w().desk;
  useTitle(d.title);
  const desk = useResource<Desk>('/desk', ['desk']);
  const map = useResource<CityMap>('/map');
  const [queue, setQueue] = useState<Queue>(EMPTY);
  const started = useRef(false);
  const own = useRef(false);
  const [tab, setTab] = useState<'todo' | 'doing'>('todo');
  const [cursor, setCursor] = useState<string | null>(null);
  const [open, setOpen] = useState<string | null>(params.case ?? null);
  const [list, setList] = useState(false);
  const [help, setHelp] = useState(false);
  const [noting, setNoting] = useState(false);
  const now = useNow();
  const one = useResource<Case>(open ? `/cases/${part(open)}` : null, open ? [`case:${open}`, 'case'] : []);
  const sound = useAlarmSound(desk.data);

  useEffect(() => {
    if (!desk.data) return;
    if (!started.current) {
      started.current = true;
      const first = start(desk.data.queue);
      setQueue(first);
      const top = first.rows.find((r) => waitsForDesk(r.item))?.item.id ?? null;
      setCursor(params.case ?? top);
      if (!params.case) setOpen(top);
    } else {
      setQueue((q) => (own.current ? settle(q, desk.data!.queue) : refresh(q, desk.data!.queue)));
      own.current = false;
    }
  }, [desk.data]);

  const rows = queue.rows.filter((r) => waitsForDesk(r.item) === (tab === 'todo') || r.item.id === open);
  const ids = rows.map((r) => r.item.id);
  const data = one.data;
  const { ticks, tick, none, steady } = useTicks(data);
  const mates = data?.suggestions.map((s) => s.id) ?? [];
  const can = (name: string) => data?.events.find((e) => e.name === name);

  const show = (id: string) => { setCursor(id); setOpen(id); setNoting(false); };
  const enterCase = () => { const body = document.getElementById('case-body'); (body?.querySelector<HTMLElement>('input') ?? body)?.focus(); };
  const act = useCallback(async (name: string, body: Record<string, unknown>, done: string, undo?: () => void) => {
    if (!data) return false;
    try {
      await command(name, { case: data.id, version: data.version, ...body });
      own.current = true;
      await Promise.all([desk.refetch(), one.refetch()]);
      say(done, undo);
      return true;
    } catch (error) {
      complain(done, error);
      await one.refetch();
      return false;
    }
  }, [data]);

  const merge = [...ticks.merge];
  const bodies = [...ticks.bodies];
  const undoMerge = (id: string, merged: string[]) => async () => {
    try {
      for (const absorbed of merged) await command('flow.unmerge', { case: id, absorbed });
      await Promise.all([desk.refetch(), one.refetch()]);
      setQueue((q) => showNew(q));
      say(w().feedback.undone);
    } catch (error) { complain(w().feedback.undo, error); }
  };
  const still = () => { if (steady()) return true; say(d.changed); return false; };
  const doMerge = () => { if (data && merge.length && can('flow.merge')?.enabled && still()) void act('flow.merge', { merge }, d.merged(merge.length + 1), () => void undoMerge(data.id, merge)()); };
  const doDispatch = async () => {
    if (!data || !bodies.length || !can('flow.dispatch')?.enabled || !still()) return;
    const words = (document.getElementById('dispatch-words') as HTMLInputElement | null)?.value.trim();
    const next = move(ids, data.id, 1);
    if (await act('flow.dispatch', { merge, bodies, ...(words ? { words } : {}) }, d.dispatched(bodies.length), merge.length ? () => void undoMerge(data.id, merge)() : undefined)) {
      setCursor(next && !merge.includes(next) ? next : data.id);
      document.getElementById('queue')?.focus();
    }
  };
  const keepApart = () => { if (merge.length && can('flow.keep_apart')?.enabled) void act('flow.keep_apart', { other: merge }, w().feedback.apart); else none(); };
  const doClose = () => { if (can('flow.close')?.enabled) void act('flow.close', {}, d.closeCase); };
  const doAck = () => { if (can('flow.acknowledge')?.enabled) void act('flow.acknowledge', {}, d.acked); };
  const primary = (): { label: string; go: (() => void) | null; why?: string } => {
    if (can('flow.close')?.enabled) return { label: d.closeCase, go: doClose };
    if (can('flow.dispatch')?.enabled) {
      if (bodies.length) return { label: merge.length ? d.dispatchMerge(merge.length, bodies.length) : d.dispatch(bodies.length), go: () => void doDispatch() };
      if (merge.length) return { label: d.mergeOnly(merge.length), go: doMerge };
      return { label: d.pickBody, go: null };
    }
    return { label: t(can('flow.dispatch')?.why_not) || d.nothing, go: null };
  };
  const step = primary();
  const fresh = () => { if (queue.waiting.length) { setQueue(showNew(queue)); document.getElementById('queue')?.focus(); } };
  const inCase = (e: KeyboardEvent) => !!(e.target as HTMLElement).closest?.('.dk-c');
  const go = (n: number) => (e: KeyboardEvent) => {
    if (e.key.startsWith('Arrow') && inCase(e)) {
      const boxes = [...document.querySelectorAll<HTMLElement>('#case-body input[type="checkbox"]')];
      const at = boxes.indexOf(document.activeElement as HTMLElement);
      if (at < 0) return;
      e.preventDefault();
      boxes[Math.min(boxes.length - 1, Math.max(0, at + n))]?.focus();
      return;
    }
    e.preventDefault();
    setCursor(move(ids, cursor, n));
    document.getElementById('queue')?.focus();
  };
  useKeys({
    j: go(1), k: go(-1), ArrowDown: go(1), ArrowUp: go(-1),
    Enter: (e) => {
      const el = e.target as HTMLElement;
      if (el.closest('a, button, summary')) return;
      e.preventDefault();
      if (inCase(e)) step.go?.();
      else if (!cursor && ids[0]) show(ids[0]);
      else if (cursor && cursor !== open) show(cursor);
      else enterCase();
    },
    ' ': (e) => { if (cursor && (e.target as HTMLElement).id === 'queue') { e.preventDefault(); if (mates.includes(cursor)) tick('merge', cursor); } },
    m: doMerge, d: () => void doDispatch(), n: fresh, a: doAck, x: keepApart, v: sound.toggle, l: () => setList(!list), u: () => undoNow(), '?': () => setHelp(true),
    b: (e) => { if (data) { e.preventDefault(); setNoting(true); } },
    t: () => setTab(tab === 'todo' ? 'doing' : 'todo'),
    Escape: () => { setNoting(false); document.getElementById('queue')?.focus(); },
  });

  const counts = { todo: queue.rows.filter((r) => waitsForDesk(r.item) && !r.gone).length, doing: queue.rows.filter((r) => !waitsForDesk(r.item) && !r.gone).length };
  const red = queue.waiting.filter((i) => i.level === 1).length;
  return (
    <div class="desk staff">
      <a class="skip" href="#queue">{w().frame.skip}</a>
      <Top desk={desk.data} now={now} sound={sound} />
      <main id="main" class="dk" tabIndex={-1}>
        <section class="dk-q" aria-labelledby="q-h">
          <div class="dk-h"><h2 id="q-h">{d.queue}</h2>
            <div class="seg" role="group" aria-label={d.which}><button type="button" aria-pressed={tab === 'todo'} onClick={() => setTab('todo')}>{d.todo(counts.todo)}</button><button type="button" aria-pressed={tab === 'doing'} onClick={() => setTab('doing')}>{d.doing(counts.doing)}</button></div></div>
          <div role="status">{queue.waiting.length ? <button class={`q-new${red ? ' q-red' : ''}`} type="button" onClick={fresh}>{d.fresh(queue.waiting.length)}{red ? d.freshRed(red) : ''}<kbd>N</kbd></button> : null}</div>
          <Loaded from={desk}>{() => (rows.length ? <QueueList rows={rows} cursor={cursor} open={open} marks={bracket(ids, data?.id ?? null, mates)} now={now} onOpen={show} /> : <div class="dk-empty"><Empty title={tab === 'todo' ? d.empty : d.doingEmpty}><p>{d.emptyText}</p></Empty></div>)}</Loaded>
        </section>
        {map.data ? <DeskMap city={map.data} items={queue.rows.filter((r) => !r.gone).map((r) => r.item)} open={data?.id ?? null} mates={mates} list={list} setList={setList} onOpen={show} /> : <section class="dk-m" aria-label={d.map} />}
        <section class="dk-c" {...(data ? { 'aria-labelledby': 'c-h' } : { 'aria-label': d.pickOne })}>
          {open ? (
            <Loaded from={one}>{(c) => (
              <CasePanel of={c} now={now} ticks={ticks} onTick={tick}
                note={noting ? <Note onSave={async (words) => { if (await act('flow.note', { words }, d.noted)) setNoting(false); }} /> : can('flow.dispatch')?.enabled ? <div class="field c-words"><label for="dispatch-words">{d.words}</label><input class="input" id="dispatch-words" maxLength={1000} key={c.id} /></div> : null}
                actions={<>
                  <button class="btn btn-primary" type="button" aria-disabled={!step.go} onClick={() => step.go?.()}>{step.label}{step.go ? <kbd>D</kbd> : null}</button>
                  <div class="c-act2">
                    <button class="btn" type="button" aria-disabled={!can('flow.acknowledge')?.enabled} title={t(can('flow.acknowledge')?.why_not)} onClick={doAck}>{d.ackOnly}<kbd>A</kbd></button>
                    <button class="btn" type="button" aria-disabled={!merge.length || !can('flow.merge')?.enabled} onClick={doMerge}>{merge.length ? d.mergeOnly(merge.length) : d.keyMergeShort}<kbd>M</kbd></button>
                    <button class="btn" type="button" aria-disabled={!merge.length} onClick={keepApart}>{d.apart}<kbd>X</kbd></button>
                    <button class="btn" type="button" aria-disabled={!can('flow.note')?.enabled} onClick={() => setNoting(true)}>{d.note}<kbd>B</kbd></button>
                  </div>
                </>} />
            )}</Loaded>
          ) : <div class="dk-empty"><Empty title={d.pickOne}><p>{d.pickOneText}</p></Empty></div>}
        </section>
        {desk.data ? <Timeline desk={desk.data} rows={queue.rows.filter((r) => !r.gone).map((r) => r.item)} open={data?.id ?? null} now={now} /> : null}
      </main>
      <KeysLine onHelp={() => setHelp(true)} />
      {help ? <KeysDialog onClose={() => setHelp(false)} /> : null}
    </div>
  );
}

/** What is ticked in the open case. Everything the server suggests is ticked until the officer takes it off. */
function useTicks(data: Case | null) {
  const [off, setOff] = useState<{ id: string; merge: Set<string>; bodies: Map<string, boolean> }>({ id: '', merge: new Set(), bodies: new Map() });
  const mine = data && off.id === data.id ? off : { id: data?.id ?? '', merge: new Set<string>(), bodies: new Map<string, boolean>() };
  const changed = useRef({ key: '', at: 0 });
  const key = `${data?.id}:${data?.suggestions.map((s) => s.id).join(' ')}`;
  if (changed.current.key !== key) {
    const same = changed.current.key.split(':')[0] === data?.id;
    changed.current = { key, at: same ? Date.now() : 0 };
  }
  const ticks: Ticks = {
    merge: new Set((data?.suggestions ?? []).map((s) => s.id).filter((id) => !mine.merge.has(id))),
    bodies: new Set((data?.suggested_bodies ?? []).filter((b) => mine.bodies.get(b.id) ?? b.ticked).map((b) => b.id)),
  };
  const tick = (kind: keyof Ticks, id: string) => {
    const merge = new Set(mine.merge);
    const bodies = new Map(mine.bodies);
    if (kind === 'merge') { if (merge.has(id)) merge.delete(id); else merge.add(id); } else bodies.set(id, !ticks.bodies.has(id));
    setOff({ id: mine.id, merge, bodies });
  };
  const none = () => setOff({ id: mine.id, merge: new Set((data?.suggestions ?? []).map((s) => s.id)), bodies: new Map(mine.bodies) });
  return { ticks, tick, none, steady: () => Date.now() - changed.current.at > GUARD_MS };
}

function Note({ onSave }: { onSave: (words: string) => Promise<void> }) {
  const d = w().desk;
  const [words, setWords] = useState('');
  useEffect(() => document.getElementById('note-words')?.focus(), []);
  return (
    <form class="form c-note" onSubmit={(e) => { e.preventDefault(); if (words.trim()) void onSave(words.trim()); }}>
      <Field id="note-words" label={d.noteWords}>{(a) => <textarea class="input" {...a} rows={2} maxLength={1000} value={words} onInput={(e) => setWords(e.currentTarget.value)} />}</Field>
      <p class="actions"><button class="btn" type="submit">{d.noteGo}</button></p>
    </form>
  );
}
