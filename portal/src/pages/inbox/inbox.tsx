import { useEffect, useState } from 'preact/hooks';
import { useResource } from '../../api/resource';
import type { Inbox, InboxTask } from '../../api/shapes';
import type { PageProps } from '../../app';
import { useNow } from '../../clock';
import { Empty, Loaded } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { useKeys } from '../../parts/keys';
import { LevelMark, Sim, StateIcon } from '../../parts/marks';
import { go, usePlace } from '../../router';
import { useMe } from '../../session';
import { due, ms, nowLine, when } from '../../time';
import { useTitle } from '../../title';
import { language, t, w } from '../../words';
import { byDeadline, folds, isDone, SOON_MS } from './fold';
import { TaskPanel } from './task';
import './inbox.css';

/** What waits for this department: folded by case, two clocks on each task, the open task beside the list. */
export default function InboxPage({ params }: PageProps) {
  const i = w().inbox;
  useTitle(i.title);
  const me = useMe(true);
  const now = useNow(5000);
  const inbox = useResource<Inbox>('/inbox', ['inbox', 'task']);
  const { path } = usePlace();
  const tasks = inbox.data ? byDeadline(inbox.data.tasks) : [];
  const mine = tasks.filter((task) => !isDone(task));
  const open = params.task ?? null;
  // On a wide screen the first task is open without asking; on a phone the list is the page.
  useEffect(() => { if (!open && mine[0] && matchMedia('(min-width: 1024px)').matches) go(`/inbox/${encodeURIComponent(mine[0].id)}`, 'replace'); }, [open, mine[0]?.id, path]);
  const step = (n: number) => () => {
    const at = mine.findIndex((task) => task.id === open);
    const next = mine[Math.min(mine.length - 1, Math.max(0, at + n))];
    if (next) go(`/inbox/${encodeURIComponent(next.id)}`, 'replace');
  };
  useKeys({ j: step(1), k: step(-1) });
  return (
    <Page staff className={open ? 'inbox has-task' : 'inbox'}>
      <div class="wrap">
        <header class="ib-head"><h1>{i.title}</h1><p>{[t(me?.body), nowLine(now)].filter(Boolean).join(' · ')} <Sim /></p></header>
        <Loaded from={inbox}>
          {() => (tasks.length || open ? (
            <div class="ib">
              <List tasks={tasks} mine={mine.length} open={open} now={now} />
              {open ? <TaskPanel key={open} id={open} now={now} onDone={inbox.refetch} /> : <div class="ib-none"><Empty title={i.pick}><p>{i.pickText}</p></Empty></div>}
            </div>
          ) : <Empty title={i.empty}><p>{i.emptyText}</p></Empty>)}
        </Loaded>
      </div>
    </Page>
  );
}

function List({ tasks, mine, open, now }: { tasks: InboxTask[]; mine: number; open: string | null; now: number }) {
  const i = w().inbox;
  const [byCase, setByCase] = useState(true);
  const [closed, setClosed] = useState<Set<string>>(new Set(['done']));
  const toggle = (key: string) => setClosed((old) => { const next = new Set(old); if (next.has(key)) next.delete(key); else next.add(key); return next; });
  const done = tasks.filter(isDone);
  const waiting = tasks.filter((task) => !isDone(task));
  const groups = byCase ? folds(waiting) : [];
  const fold = (key: string, head: string, note: string, list: InboxTask[]) => (
    <li key={key}>
      <p class="fold-h"><span><b>{head}</b><br />{note}</span><button type="button" aria-expanded={!closed.has(key)} onClick={() => toggle(key)}>{closed.has(key) ? i.unfold : i.fold}<span class="vh"> {head}</span></button></p>
      {closed.has(key) ? null : list.map((task) => <Row key={task.id} task={task} open={task.id === open} now={now} />)}
    </li>
  );
  return (
    <section class="ib-list" aria-labelledby="l-h">
      <div class="ib-h"><h2 id="l-h">{i.mine(mine)}</h2><div class="seg" role="group" aria-label={i.which}><button type="button" aria-pressed={byCase} onClick={() => setByCase(true)}>{i.byCase}</button><button type="button" aria-pressed={!byCase} onClick={() => setByCase(false)}>{i.all}</button></div></div>
      <ul class="fold">
        {byCase ? groups.map((g) => fold(g.case, `${t(g.tasks[0]?.place)} ${t(g.tasks[0]?.headline)}`, `${g.code} · ${i.inCase(g.tasks.length)}`, g.tasks)) : waiting.map((task) => <li key={task.id}><Row task={task} open={task.id === open} now={now} /></li>)}
        {done.length ? fold('done', i.done, i.inCase(done.length), done) : null}
      </ul>
      {waiting.length ? null : <Empty title={i.empty}><p>{i.emptyText}</p></Empty>}
    </section>
  );
}

function Row({ task, open, now }: { task: InboxTask; open: boolean; now: number }) {
  const i = w().inbox;
  const step = ms(task.deadline_step);
  const late = task.late || step < now;
  const soon = !late && step - now < SOON_MS;
  const done = isDone(task);
  return (
    <a class="tk" href={`/inbox/${encodeURIComponent(task.id)}`} {...(open ? { 'aria-current': 'true' as const } : {})}>
      <LevelMark of={task.level} />
      <b>{t(task.headline)}</b>
      <span class={`due mark${late && !done ? ' late' : ''}`}>{done ? t(task.state_title) : <>{late ? <StateIcon of="hint" /> : soon ? <StateIcon of="due" /> : null}{task.deadline_step ? due(step, now) : w().time.none}</>}</span>
      <small>{t(task.state_title)}{task.deadline_step ? `${language() === 'en' ? ', ' : '，'}${i.stepDue(when(step, now))}` : ''}</small>
      <small>{task.deadline_whole ? i.whole(when(ms(task.deadline_whole), now)) : ''}</small>
    </a>
  );
}
