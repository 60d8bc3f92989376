import { useEffect, useState } from 'preact/hooks';
import { speak, type Lang } from './words';

/** What a reader has chosen for this browser. Nothing of it leaves the browser. */
export interface Settings { lang: Lang; theme: 'system' | 'light' | 'dark'; large: boolean; singleKeys: boolean; sound: boolean }

const KEY = 'jingwei.settings';
const DEFAULTS: Settings = { lang: 'zh', theme: 'system', large: false, singleKeys: true, sound: true };

/** Reads stored settings; `?lang=` wins over them. Unknown or broken content gives the defaults. */
export function readSettings(stored: string | null, search: string): Settings {
  let settings = { ...DEFAULTS };
  try {
    const parsed: unknown = stored ? JSON.parse(stored) : null;
    if (parsed && typeof parsed === 'object') settings = { ...settings, ...(parsed as Partial<Settings>) };
  } catch { /* a broken entry counts as none */ }
  const lang = new URLSearchParams(search).get('lang');
  if (lang === 'zh' || lang === 'zh-CN' || lang === 'zh-Hans') settings.lang = 'zh';
  if (lang === 'en') settings.lang = 'en';
  if (settings.lang !== 'en') settings.lang = 'zh';
  return settings;
}

let current: Settings = DEFAULTS;
const readers = new Set<() => void>();

const load = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
const store = () => { try { localStorage.setItem(KEY, JSON.stringify(current)); } catch { /* private windows may refuse; the choice then lasts as long as the page */ } };

function paint() {
  const root = document.documentElement;
  if (current.theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = current.theme;
  root.classList.toggle('large', current.large);
}

/** Called once before the first drawing. */
export async function startSettings(): Promise<void> {
  current = readSettings(load(), location.search);
  paint();
  await speak(current.lang);
  if (new URLSearchParams(location.search).has('lang')) store();
}

export const settings = (): Settings => current;

export async function choose(change: Partial<Settings>): Promise<void> {
  current = { ...current, ...change };
  store();
  paint();
  if (change.lang) await speak(change.lang);
  for (const read of readers) read();
}

/** Draws the caller again whenever a setting changes. */
export function useSettings(): Settings {
  const [, again] = useState(0);
  useEffect(() => {
    const read = () => again((n) => n + 1);
    readers.add(read);
    return () => { readers.delete(read); };
  }, []);
  return current;
}
