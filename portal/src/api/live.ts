/** The one stream of the city: which views have changed. A browser opens it once for all its tabs, by a shared worker. */
export type Heard = { keys: string[] } | 'reset' | 'open' | 'lost';

const STREAM = '/api/live';
const readers = new Set<(heard: Heard) => void>();
let started = false;
let connected = false;

const tell = (heard: Heard) => {
  if (heard === 'open') connected = true;
  if (heard === 'lost') connected = false;
  for (const read of readers) read(heard);
};

/** Opens the stream. The browser resumes it with Last-Event-ID by itself; where it gives up, we open it afresh, and "open" after "lost" makes every view fetch again. */
export function follow(stream: string, say: (heard: Heard) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = 1000;
  const connect = () => {
    source = new EventSource(stream);
    source.onopen = () => { wait = 1000; say('open'); };
    source.onmessage = (event) => {
      try { const data = JSON.parse(event.data as string) as { keys?: string[] }; if (Array.isArray(data.keys)) say({ keys: data.keys }); } catch { /* a line that is no JSON says nothing */ }
    };
    source.addEventListener('reset', () => say('reset'));
    source.onerror = () => {
      say('lost');
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(timer);
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, 30_000);
    };
  };
  connect();
  return () => { clearTimeout(timer); source?.close(); };
}

/** What a tab tells the shared worker: hello with the stream, who is signed in, or that it leaves. */
export type Told = { stream: string } | { who: string } | 'bye';

/** A stream for somebody else: what happened while it was changed is fetched, so the first "open" is followed by a reset. */
export function again(stream: string, say: (heard: Heard) => void): () => void {
  let first = true;
  return follow(stream, (heard) => {
    say(heard);
    if (heard === 'open' && first) { first = false; say('reset'); }
  });
}

let port: MessagePort | null = null;
let stop: (() => void) | null = null;
let known = '';

function start(): void {
  started = true;
  if (typeof SharedWorker !== 'undefined') {
    try {
      const worker = new SharedWorker(new URL('./live.worker.ts', import.meta.url), { type: 'module', name: 'jingwei-live' });
      worker.onerror = () => { port = null; stop ??= follow(STREAM, tell); };
      port = worker.port;
      port.onmessage = (event: MessageEvent<Heard>) => tell(event.data);
      const hello = () => port?.postMessage({ stream: STREAM } satisfies Told);
      hello();
      addEventListener('pagehide', () => port?.postMessage('bye' satisfies Told));
      addEventListener('pageshow', (event) => { if (event.persisted) hello(); });
      return;
    } catch { port = null; /* no module workers here: one connection for this tab */ }
  }
  stop = follow(STREAM, tell);
}

/** A stream hears what its person may hear. When somebody signs in or out it is opened again. */
export function identify(who: string): void {
  if (port) port.postMessage({ who } satisfies Told);
  else if (stop && who !== known) { stop(); stop = again(STREAM, tell); }
  known = who;
}

/** Whether the stream is open as far as this tab knows. */
export const isOpen = (): boolean => connected;

/** Calls `read` for whatever the stream says until the returned function is called. */
export function listen(read: (heard: Heard) => void): () => void {
  readers.add(read);
  if (!started) { start(); if (known) identify(known); } else if (connected) read('open');
  return () => { readers.delete(read); };
}

/** Whether an event concerns a view: the same key, or the same word before the colon when the view names only that. */
export function concerns(heard: string[], wanted: string[]): boolean {
  return heard.some((key) => wanted.some((want) => key === want || (!want.includes(':') && key.split(':', 1)[0] === want)));
}
