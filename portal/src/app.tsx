import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Page } from './parts/frame';
import { Empty, Skeleton, ToastPlace, Failure } from './parts/feedback';
import { go, match, usePlace } from './router';
import { useMe } from './session';
import { useSettings } from './settings';
import { w } from './words';

export interface PageProps { params: Record<string, string> }
type Loader = () => Promise<{ default: ComponentType<PageProps> }>;
interface Route { pattern: string; staff?: boolean; load: Loader }

const law: Loader = () => import('./pages/law/law');
const follow: Loader = () => import('./pages/follow/follow');
const desk: Loader = () => import('./pages/desk/desk');
const inbox: Loader = () => import('./pages/inbox/inbox');
/** Every page is a chunk of its own; the first load of one carries nothing of the others. */
const ROUTES: Route[] = [
  { pattern: '/', load: () => import('./pages/front/front') },
  { pattern: '/law', load: law },
  { pattern: '/law/{article}', load: law },
  { pattern: '/report', load: () => import('./pages/report/report') },
  { pattern: '/follow', load: follow },
  { pattern: '/follow/{code}', load: follow },
  { pattern: '/sign-in', load: () => import('./pages/sign-in/sign-in') },
  { pattern: '/desk', staff: true, load: desk },
  { pattern: '/desk/{case}', staff: true, load: desk },
  { pattern: '/inbox', staff: true, load: inbox },
  { pattern: '/inbox/{task}', staff: true, load: inbox },
  { pattern: '/check', staff: true, load: () => import('./pages/check/check') },
  { pattern: '/devices', staff: true, load: () => import('./pages/devices/devices') },
  { pattern: '/views/{id}', staff: true, load: () => import('./pages/views/view') },
  { pattern: '/devices/{id}', staff: true, load: () => import('./pages/device/device') },
  { pattern: '/holds', staff: true, load: () => import('./pages/holds/holds') },
  { pattern: '/firm', staff: true, load: () => import('./pages/firm/firm') },
  { pattern: '/connect', staff: true, load: () => import('./pages/connect/connect') },
];

const loaded = new Map<Loader, ComponentType<PageProps>>();

function NotFound() {
  return <Page><div class="wrap"><Empty title={w().feedback.notFound}><p>{w().feedback.notFoundText}</p><p class="actions"><a class="btn" href="/">{w().feedback.home}</a></p></Empty></div></Page>;
}

export function App() {
  useSettings();
  const { path, anchor } = usePlace();
  const [, again] = useState(0);
  const [broken, setBroken] = useState(false);
  let params: Record<string, string> | null = null;
  const route = ROUTES.find((r) => { params = match(r.pattern, path); return params; });
  const me = useMe(!!route?.staff);
  const first = useRef(true);
  const View = route ? loaded.get(route.load) : undefined;

  useEffect(() => {
    if (!route || loaded.has(route.load)) return;
    setBroken(false);
    route.load().then((m) => { loaded.set(route.load, m.default); again((n) => n + 1); }, () => setBroken(true));
  }, [route]);

  // A person who is not signed in is asked to, and comes back to this page.
  useEffect(() => {
    if (route?.staff && me === null) go(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`, 'replace');
  }, [route, me]);

  const head = path.split('/')[1];
  useEffect(() => {
    if (first.current) { first.current = false; return; }
    if (anchor) return;
    scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [head]);

  const waiting = route?.staff && !me;
  return (
    <>
      {!route ? <NotFound /> : View && !waiting ? <View params={params ?? {}} /> : (
        <main id="main" class="wrap boot">
          {broken ? <Failure title={w().feedback.wrong} text={w().feedback.wrongText}><button class="btn" type="button" onClick={() => location.reload()}>{w().feedback.retry}</button></Failure> : <Waiting />}
        </main>
      )}
      <ToastPlace />
    </>
  );
}

/** Nothing for a second, then a skeleton. */
function Waiting() {
  const [long, set] = useState(false);
  useEffect(() => { const timer = setTimeout(() => set(true), 1000); return () => clearTimeout(timer); }, []);
  return long ? <Skeleton /> : null;
}
