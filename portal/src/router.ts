import { useEffect, useState } from 'preact/hooks';

/** Where the reader is: path without a trailing slash, query, and the anchor without `#`. */
export interface Place { path: string; query: URLSearchParams; anchor: string }

/** Matches `/devices/{id}` against a path; gives the decoded parts, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/').filter(Boolean);
  const have = path.split('/').filter(Boolean);
  if (want.length !== have.length) return null;
  const found: Record<string, string> = {};
  for (let i = 0; i < want.length; i++) {
    const w = want[i] ?? '';
    const h = have[i] ?? '';
    if (w.startsWith('{')) {
      try { found[w.slice(1, -1)] = decodeURIComponent(h); } catch { return null; }
    } else if (w !== h) return null;
  }
  return found;
}

/** Addresses that the server answers itself; the browser has to ask it. */
const SERVER = [/^\/api\//, /^\/sign-in\/./, /^\/openapi\.json$/, /^\/metrics$/, /^\/ngsi-ld\//, /^\/blobs?\//];

/** Whether a link is one of ours to follow without loading a page. */
export function isOurs(href: string, origin: string): boolean {
  let url: URL;
  try { url = new URL(href, origin); } catch { return false; }
  return url.origin === origin && !SERVER.some((r) => r.test(url.pathname));
}

export function place(): Place {
  const path = location.pathname.replace(/\/+$/, '') || '/';
  return { path, query: new URLSearchParams(location.search), anchor: decodeURIComponent(location.hash.slice(1)) };
}

const readers = new Set<() => void>();
const tell = () => { for (const read of readers) read(); };

export function go(href: string, how: 'push' | 'replace' = 'push'): void {
  if (!isOurs(href, location.origin)) { location.assign(href); return; }
  if (how === 'push') history.pushState(null, '', href);
  else history.replaceState(null, '', href);
  tell();
}

/** Follows our own links in place, and leaves every other click to the browser. */
export function startRouter(): void {
  addEventListener('popstate', tell);
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a');
    const href = link?.getAttribute('href');
    if (!link || !href || link.target || link.hasAttribute('download') || href.startsWith('#') || !isOurs(href, location.origin)) return;
    event.preventDefault();
    if (link.href !== location.href) go(link.href);
    else tell();
  });
}

export function usePlace(): Place {
  const [now, set] = useState(place);
  useEffect(() => {
    const read = () => set(place());
    readers.add(read);
    addEventListener('hashchange', read);
    return () => { readers.delete(read); removeEventListener('hashchange', read); };
  }, []);
  return now;
}
