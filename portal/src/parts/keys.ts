import { useEffect, useRef } from 'preact/hooks';
import { settings } from '../settings';

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

const TYPING = new Set(['text', 'search', 'tel', 'password', 'email', 'number', 'date', 'url']);

/** Whether the reader is writing, so that a letter is a letter. */
export function typing(target: EventTarget | null): boolean {
  const el = target as HTMLElement | null;
  if (!el?.tagName) return false;
  return el.tagName === 'TEXTAREA' || el.tagName === 'SELECT' || el.isContentEditable || (el.tagName === 'INPUT' && TYPING.has((el as HTMLInputElement).type));
}

/** The name under which a key is looked up: letters small, other keys as the browser names them. */
export const keyName = (key: string): string => (key.length === 1 ? key.toLowerCase() : key);

/** Single keys for a page. Switched off with the setting; silent while somebody writes, holds a modifier or has a dialog open. */
export function useKeys(map: KeyMap): void {
  const now = useRef(map);
  now.current = map;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      const name = keyName(event.key);
      const single = name.length === 1 && name !== ' ';
      if (single && !settings().singleKeys) return;
      const act = now.current[name];
      if (act) act(event);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}
