import { useState } from 'preact/hooks';
import type { Desk } from '../../api/shapes';
import { LangTool, Live, ThemeTool } from '../../parts/frame';
import { Brand, Sim } from '../../parts/marks';
import { signOut, useMe } from '../../session';
import { go } from '../../router';
import { clockSeconds } from '../../time';
import { t, w } from '../../words';
import type { Sound } from './use-sound';

export function Top({ desk, now, sound }: { desk: Desk | null; now: number; sound: Sound }) {
  const d = w().desk;
  const me = useMe(true);
  const [menu, setMenu] = useState(false);
  const words = { on: d.soundOn, off: d.soundOff, blocked: d.soundBlocked }[sound.state];
  const leave = async () => { await signOut(); go('/'); };
  return (
    <header class="top">
      <a class="brand" href="/"><Brand size={24} />{w().brand}</a>
      <h1>{d.title}</h1>
      <p class="top-seat">{me ? <b>{t(me.person)}</b> : null}<Sim /></p>
      <div class="top-r">
        {desk ? <Budget shown={desk.budget.shown} limit={desk.budget.limit} late={desk.counts.late} /> : null}
        <button class={`top-b sound-${sound.state}`} type="button" aria-pressed={sound.state !== 'off'} title={sound.state === 'blocked' ? d.soundHint : undefined} onClick={sound.toggle}>
          <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d={sound.state === 'on' ? 'M2 6v4h2.6L8.4 13V3L4.6 6zM10.6 5.6a3.4 3.4 0 0 1 0 4.8M12.4 3.8a6 6 0 0 1 0 8.4' : 'M2 6v4h2.6L8.4 13V3L4.6 6zM10.8 6l3.6 4M14.4 6l-3.6 4'} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round" /></svg>{words}<kbd>V</kbd>
        </button>
        <Live />
        <time class="top-clock" dateTime={new Date(now).toISOString()}>{clockSeconds(now)}</time>
        <LangTool />
        <div class="top-menu">
          <button class="top-b" type="button" aria-expanded={menu} aria-controls="desk-menu" onClick={() => setMenu(!menu)}>{menu ? w().frame.closeMenu : w().frame.menu}</button>
          <nav id="desk-menu" hidden={!menu} aria-label={w().frame.nav}><ul>{me?.menu.map((m) => <li key={m.path}><a href={m.path}>{t(m.title)}</a></li>)}<li><ThemeTool /></li><li><button class="tool" type="button" onClick={() => void leave()}>{w().frame.signOut}</button></li></ul></nav>
        </div>
      </div>
    </header>
  );
}

function Budget({ shown, limit, late }: { shown: number; limit: number; late: number }) {
  const d = w().desk;
  const bars = Math.min(12, Math.max(1, limit));
  return (
    <div class="budget">
      <span id="bud">{d.budget}</span>
      <span class="budget-m" role="meter" aria-labelledby="bud" aria-valuemin={0} aria-valuemax={limit} aria-valuenow={Math.min(shown, limit)} aria-valuetext={d.budgetText(shown, limit)}>{Array.from({ length: bars }, (_, i) => <i key={i} class={i < Math.round((shown / Math.max(1, limit)) * bars) ? 'on' : ''} />)}</span>
      <span><b>{shown}</b> / {limit} <span class="ink-2">{d.perHour}</span></span>
      {late ? <b class="word-red">{d.late(late)}</b> : null}
    </div>
  );
}
