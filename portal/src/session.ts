import { useEffect, useState } from 'preact/hooks';
import { Refusal, get, remove, whenSignedOut } from './api/client';
import { identify } from './api/live';
import type { Me } from './api/shapes';

/** Who is signed in. `undefined`: not asked yet; `null`: nobody. */
let me: Me | null | undefined;
let asking: Promise<void> | null = null;
const FLAG = 'jingwei.signed';
const readers = new Set<() => void>();
const tell = () => { for (const read of readers) read(); };

const flag = {
  get: () => { try { return localStorage.getItem(FLAG) === '1'; } catch { return true; } },
  set: (on: boolean) => { try { if (on) localStorage.setItem(FLAG, '1'); else localStorage.removeItem(FLAG); } catch { /* without storage every public page asks once */ } },
};

export function setMe(next: Me | null): void { me = next; flag.set(!!next); identify(next?.id ?? ''); tell(); }

whenSignedOut(() => { if (me) setMe(null); });

/** A server that cannot be reached is asked again after this many milliseconds. */
const AGAIN_MS = 3000;

export function ask(): Promise<void> {
  asking ??= get<Me>('/me').then(setMe, (error) => { if (error instanceof Refusal && error.status === 401) setMe(null); else setTimeout(() => void ask(), AGAIN_MS); }).finally(() => { asking = null; });
  return asking;
}

export async function signOut(): Promise<void> {
  try { await remove('/session'); } catch { /* the cookie may be gone already */ }
  setMe(null);
}

/** The signed-in person. A public page asks the server only in a browser that has signed in before. */
export function useMe(staff: boolean): Me | null | undefined {
  const [, again] = useState(0);
  useEffect(() => {
    const read = () => again((n) => n + 1);
    readers.add(read);
    if (me === undefined && (staff || flag.get())) void ask();
    return () => { readers.delete(read); };
  }, [staff]);
  return me;
}
