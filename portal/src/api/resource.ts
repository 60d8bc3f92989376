import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Refusal, get } from './client';
import { concerns, isOpen, listen } from './live';

/** What a view has: data (perhaps older than the error), the error of the last try, and whether it has waited long. */
export interface Resource<R> { data: R | null; error: Refusal | Error | null; slow: boolean; refetch: () => Promise<void>; set: (data: R) => void }

/** Bursts of events make one fetch in this many milliseconds. */
const REST_MS = 400;

/** Fetches `path` (null: nothing yet) and fetches it again when the stream names one of `keys`. */
export function useResource<R>(path: string | null, keys: string[] = []): Resource<R> {
  const [state, set] = useState<{ path: string | null; data: R | null; error: Refusal | Error | null }>({ path: null, data: null, error: null });
  const [slow, setSlow] = useState(false);
  const wanted = useRef(path);
  wanted.current = path;

  const refetch = useCallback(async () => {
    const asked = wanted.current;
    if (asked == null) return;
    try {
      const data = await get<R>(asked);
      if (wanted.current === asked) set({ path: asked, data, error: null });
    } catch (error) {
      if (wanted.current === asked) set((old) => ({ path: asked, data: old.path === asked ? old.data : null, error: error as Error }));
    }
    setSlow(false);
  }, []);

  useEffect(() => {
    if (path == null) return undefined;
    const timer = setTimeout(() => setSlow(true), 1000);
    void refetch();
    return () => clearTimeout(timer);
  }, [path]);

  const list = keys.join(' ');
  useEffect(() => {
    if (!list) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => { timer ??= setTimeout(() => { timer = undefined; void refetch(); }, REST_MS); };
    // What changed between the first fetch and the opening of the stream is fetched once it is open.
    let lost = !isOpen();
    const stop = listen((heard) => {
      if (heard === 'lost') lost = true;
      else if (heard === 'open') { if (lost) soon(); lost = false; }
      else if (heard === 'reset' || concerns(heard.keys, list.split(' '))) soon();
    });
    return () => { stop(); clearTimeout(timer); };
  }, [list, path]);

  const mine = state.path === path;
  return { data: mine ? state.data : null, error: mine ? state.error : null, slow, refetch, set: (data) => set({ path, data, error: null }) };
}
