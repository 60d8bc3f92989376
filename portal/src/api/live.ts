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

/** A connection that resumes with Last-Event-ID, by the browser after a cut and by us after the browser gave up. */
export function follow(stream: string, say: (heard: Heard) => void): () => void {
  let source: EventSource | null = null;
  let last = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = 1000;
  const remember = (event: MessageEvent) => { if (event.lastEventId) last = event.lastEventId; };
  const connect = () => {
    source = new EventSource(last ? `${stream}?last_event_id=${encodeURIComponent(last)}` : stream);
    source.onopen = () => { wait = 1000; say('open'); };
    source.onmessage = (event) => {
      remember(event);
      try { const data = JSON.parse(event.data as string) as { keys?: string[] }; if (Array.isArray(data.keys)) say({ keys: data.keys }); } catch { /* a line that is no JSON says nothing */ }
    };
    source.addEventListener('reset', (event) => { remember(event as MessageEvent); say('reset'); });
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

function start(): void {
  started = true;
  if (typeof SharedWorker !== 'undefined') {
    try {
      const worker = new SharedWorker(new URL('./live.worker.ts', import.meta.url), { type: 'module', name: 'jingwei-live' });
      worker.onerror = () => follow(STREAM, tell);
      worker.port.onmessage = (event: MessageEvent<Heard>) => tell(event.data);
      worker.port.postMessage(STREAM);
      addEventListener('pagehide', () => worker.port.postMessage('bye'));
      return;
    } catch { /* no module workers here: one connection for this tab */ }
  }
  follow(STREAM, tell);
}

/** Calls `read` for whatever the stream says until the returned function is called. */
export function listen(read: (heard: Heard) => void): () => void {
  readers.add(read);
  if (!started) start();
  else if (connected) read('open');
  return () => { readers.delete(read); };
}

/** Whether an event concerns a view: the same key, or the same word before the colon when the view names only that. */
export function concerns(heard: string[], wanted: string[]): boolean {
  return heard.some((key) => wanted.some((want) => key === want || (!want.includes(':') && key.split(':', 1)[0] === want)));
}
