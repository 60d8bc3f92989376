import { useEffect, useState } from 'preact/hooks';

/** The time of the server, kept from the last answer and carried on by the monotonic clock of the browser. */
let server = Date.now();
let heard = typeof performance === 'undefined' ? 0 : performance.now();

/** Takes the time that an answer carries; milliseconds since 1970. */
export function hear(ms: number): void {
  if (!Number.isFinite(ms)) return;
  server = ms;
  heard = performance.now();
}

export const serverNow = (): number => server + (performance.now() - heard);

/** Draws the caller again every `ms`, at most once a second, and gives the server's time. */
export function useNow(ms = 1000): number {
  const [now, set] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => set(serverNow()), Math.max(1000, ms));
    return () => clearInterval(timer);
  }, [ms]);
  return Math.max(now, server);
}
