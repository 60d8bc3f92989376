import { useEffect, useRef, useState } from 'preact/hooks';
import type { Desk } from '../../api/shapes';
import { choose, useSettings } from '../../settings';
import { alarm, sounding, unblock } from './sound';

export interface Sound { state: 'on' | 'off' | 'blocked'; toggle: () => void }

/** Sounds once for every level 1 alarm that is new to this seat and that nobody has acknowledged. */
export function useAlarmSound(desk: Desk | null): Sound {
  const { sound } = useSettings();
  const [ready, setReady] = useState(false);
  const heard = useRef(new Set<string>());
  const owed = useRef(false);

  useEffect(() => {
    setReady(sounding() === 'ready');
    const wake = () => { void unblock().then((s) => { setReady(s === 'ready'); if (s === 'ready' && owed.current) { owed.current = false; alarm(); } }); };
    addEventListener('keydown', wake);
    addEventListener('pointerdown', wake);
    return () => { removeEventListener('keydown', wake); removeEventListener('pointerdown', wake); };
  }, []);

  useEffect(() => {
    const news = (desk?.queue ?? []).filter((i) => i.level === 1 && !i.acknowledged && !heard.current.has(i.id));
    for (const item of news) heard.current.add(item.id);
    if (!news.length || !sound) return;
    if (sounding() === 'ready') alarm();
    else owed.current = true;
  }, [desk]);

  return { state: !sound ? 'off' : ready ? 'on' : 'blocked', toggle: () => { owed.current = false; void choose({ sound: !sound }); } };
}
