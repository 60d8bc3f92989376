import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { listen } from '../api/live';
import type { MenuItem } from '../api/shapes';
import { usePlace, go } from '../router';
import { signOut, useMe } from '../session';
import { choose, useSettings } from '../settings';
import { language, t, w } from '../words';
import { Brand } from './marks';

export function LargeTool() {
  const { large } = useSettings();
  return <button class="tool" type="button" aria-pressed={large} onClick={() => void choose({ large: !large })}>{w().frame.large}</button>;
}

export function ThemeTool() {
  const { theme } = useSettings();
  const f = w().frame;
  const word = { system: f.themeSystem, light: f.themeLight, dark: f.themeDark }[theme];
  const next = { system: 'light', light: 'dark', dark: 'system' } as const;
  return <button class="tool" type="button" onClick={() => void choose({ theme: next[theme] })}>{word}</button>;
}

export function LangTool() {
  const zh = language() === 'zh';
  const other = <button type="button" lang={zh ? 'en' : 'zh-Hans'} onClick={() => void choose({ lang: zh ? 'en' : 'zh' })}>{zh ? 'EN' : '中'}<span class="vh">{w().frame.otherVersion}</span></button>;
  const here = <span aria-current="true">{zh ? '中' : 'EN'}</span>;
  return <span class="lang">{zh ? <>{here}{other}</> : <>{other}{here}</>}</span>;
}

export function Live() {
  const [on, set] = useState(true);
  useEffect(() => listen((heard) => { if (heard === 'lost') set(false); else set(true); }), []);
  return <p class={`live${on ? '' : ' live-lost'}`} role="status"><i aria-hidden="true" />{on ? w().frame.live : w().frame.offline}</p>;
}

const publicMenu = (): { path: string; title: string }[] => {
  const f = w().frame;
  return [{ path: '/', title: f.now }, { path: '/law', title: f.articles }, { path: '/#map', title: f.map }, { path: '/report', title: f.report }, { path: '/follow', title: f.follow }];
};

export function Site({ staff }: { staff: boolean }) {
  const me = useMe(staff);
  const { path } = usePlace();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  const f = w().frame;
  const items: (MenuItem | { path: string; title: string })[] = staff && me ? me.menu : publicMenu();
  const here = (p: string) => (p === '/' ? path === '/' : p === path || path.startsWith(`${p}/`));
  const leave = async () => { await signOut(); go('/'); };
  return (
    <header class="site">
      <div class="wrap">
        <a class="brand" href={staff && me ? me.home : '/'}><Brand />{w().brand}<span class="brand-city">{w().city}</span></a>
        <nav class={`site-nav${open ? ' open' : ''}`} id="menu" aria-label={f.nav}>
          <ul>
            {items.map((item) => (
              <li key={item.path}><a href={item.path} {...(here(item.path) ? { 'aria-current': 'page' as const } : {})}>{t(item.title)}{'count' in item && item.count ? <span class="nav-n">{item.count}</span> : null}</a></li>
            ))}
            {staff ? <li class="only-narrow"><a href="/">{f.now}</a></li> : null}
            <li class="only-narrow">{me ? <button type="button" class="tool" onClick={() => void leave()}>{f.signOut}</button> : <a href="/sign-in">{f.signIn}</a>}</li>
            <li class="only-narrow"><ThemeTool /></li>
          </ul>
        </nav>
        <div class="site-tools">
          <LargeTool />
          <span class="only-wide"><ThemeTool /></span>
          <LangTool />
          {me ? <span class="only-wide who"><a class="tool" href={me.home}>{t(me.person)}</a><button class="tool" type="button" onClick={() => void leave()}>{f.signOut}</button></span> : <a class="tool only-wide" href="/sign-in">{f.signIn}</a>}
          <button class="tool only-narrow" type="button" aria-expanded={open} aria-controls="menu" onClick={() => setOpen(!open)}>{open ? f.closeMenu : f.menu}</button>
        </div>
      </div>
    </header>
  );
}

export function Foot() {
  const f = w().frame;
  return (
    <footer class="foot">
      <div class="wrap">
        <div><p>{f.about}</p><p>{f.credit}</p></div>
        <ul><li>{f.help}</li><li><a href="/law">{f.articles}</a></li><li><a href="/openapi.json">{f.api}</a></li></ul>
      </div>
    </footer>
  );
}

/** The frame of every page but the desk: note of the demonstration, head, content, foot. */
export function Page({ staff = false, simulated = true, className, children, dock }: { staff?: boolean; simulated?: boolean | undefined; className?: string; children: ComponentChildren; dock?: ComponentChildren }) {
  const f = w().frame;
  return (
    <div class={`page${staff ? ' staff' : ''}${className ? ` ${className}` : ''}`}>
      <a class="skip" href="#main">{f.skip}</a>
      {simulated ? <aside class="demo" aria-label={f.demoLabel}><div class="wrap">{f.demo}</div></aside> : null}
      <Site staff={staff} />
      <main id="main" tabIndex={-1}>{children}</main>
      {dock ? <div class="dock" role="region" aria-label={f.quick}>{dock}</div> : null}
      <Foot />
    </div>
  );
}
