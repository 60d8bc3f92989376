// A stand-in for the city, for working on the portal without one. Development only: it holds everything in memory,
// checks no password, and is never part of a build. `node test/fixture-server.mjs [port]`; it also serves ../dist.
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { T, alarms, areas, articles, at, clock, iso, map, nowMs, ratings, stations, steps, titleOf } from './fixture-data.mjs';
import { No, cases, caseView, checksView, deskView, inboxView, nextSeq, open, run, seed, taskView, tasks } from './fixture-cases.mjs';
import { collection, deviceView, firmView, frameView, seriesView, things } from './fixture-devices.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const kinds = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.woff2': 'font/woff2' };
// The policy of the real server, so that a page which breaks it breaks here.
const policy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const menu = { desk: T('值班台', 'Duty desk'), inbox: T('收件箱', 'Inbox'), check: T('核查', 'Check'), law: T('条例', 'Ordinance'), devices: T('设备', 'Devices'), holds: T('待批准', 'On hold'), firm: T('本单位排口', 'Our outlets'), connect: T('接设备', 'Connect') };
const person = (id, zh, en, home, paths, body_id, body) => [id, { id, person: T(zh, en), roles: [{ id, title: T(zh, en) }], body: body ?? null, body_id, home, menu: paths.map((p) => ({ path: `/${p}`, title: menu[p] })) }];
const people = new Map([
  person('seat', '值班员 2 号席', 'Duty officer, seat 2', '/desk', ['desk', 'law', 'devices', 'holds', 'connect']),
  person('eco', '张某，生态环境执法岗', 'Zhang, ecology enforcement', '/inbox', ['inbox', 'law', 'devices'], 'eco', T('市生态环境主管部门', 'Ecology and environment authority')),
  person('town', '刘某，滨江镇', 'Liu, Binjiang town', '/inbox', ['inbox', 'law'], 'binjiang', T('贵溪市滨江镇人民政府', 'Binjiang town government')),
  person('checker', '陈某，核查岗', 'Chen, checker', '/check', ['check', 'law']),
  person('firm', '企业环保员', 'Firm environment officer', '/firm', ['firm', 'law']),
]);
const blobs = new Map();
const reports = new Map();
const streams = new Set();
let position = 1;
const state = { shown: 4, held: [], firstMessage: new Map() };

function reset() {
  seed(); reports.clear();
  state.held = [{ id: 'h1', protocol: 'hj212', login: '010000A8900016F000169DFF', reason: T('没有登记这个设备号', 'This device number is not registered'), first_seen: at(-40), last_seen: at(-1), count: 39, remote: '10.0.0.8:52110', sample: '##0101QN=20260706205000;ST=32;CN=2011;PW=******;MN=010000A8900016F000169DFF;…' }];
  const r = { code: 'K7M39QXA', words: '河水发黑，有臭味', case: 'c2', at: at(-40), rating: null };
  reports.set(r.code, r);
}
const emit = (keys) => { const line = `id: ${++position}\ndata: ${JSON.stringify({ keys })}\n\n`; for (const s of streams) s.write(line); };
const problem = (res, status, detail, field) => json(res, status, { type: 'about:blank', title: detail, status, detail, detail_zh: detail, ...(field ? { field } : {}) });
function json(res, status, body, headers = {}) { res.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json', date: new Date(nowMs()).toUTCString(), ...headers }); res.end(body === undefined ? '' : JSON.stringify(body)); }
const read = (req) => new Promise((done) => { const parts = []; req.on('data', (c) => parts.push(c)); req.on('end', () => done(Buffer.concat(parts))); });
const meOf = (req) => people.get((req.headers.cookie ?? '').match(/who=(\w+)/)?.[1]);

function follow(r) {
  let c = cases.get(r.case); while (c?.into) c = cases.get(c.into);
  const order = steps.map((s) => s.state); const here = order.indexOf(c.state);
  const reply = c.tasks.map((id) => tasks.get(id)).find((t) => t.reply)?.reply;
  return { code: r.code, now: iso(nowMs()), state: c.state, title: titleOf(c.state), steps: steps.map((s, i) => ({ ...s, at: i <= here ? (i === 0 ? r.at : c.log.at(-1).at) : null, by: i <= here && i > 1 ? T('值班台', 'Duty desk') : null })), reply: reply ? { words: reply.words, photo_url: reply.photo_url, photo_before_url: r.photo ?? null, at: reply.at, by: T('市生态环境主管部门', 'Ecology authority') } : null, rating: r.rating, may_rate: c.state === 'closed' && !r.rating, rating_words: ratings };
}

function multipart(buffer, type) {
  const boundary = type.match(/boundary=(.+)$/)?.[1]; const out = {};
  for (const piece of buffer.toString('latin1').split(`--${boundary}`)) {
    const m = piece.match(/name="([^"]+)"(?:; filename="([^"]*)")?[\s\S]*?\r\n\r\n([\s\S]*)\r\n$/);
    if (m) out[m[1]] = m[2] !== undefined ? Buffer.from(m[3], 'latin1') : Buffer.from(m[3], 'latin1').toString('utf8');
  }
  return out;
}

async function api(req, res, url) {
  const p = url.pathname.slice(4); const q = url.searchParams; const me = meOf(req); const parts = p.split('/').filter(Boolean).map(decodeURIComponent);
  const key = `${req.method} ${p}`;
  if (key === 'GET /live') { res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }); res.write(`id: ${position}\ndata: {"keys":[]}\n\n`); streams.add(res); req.on('close', () => streams.delete(res)); return; }
  if (key === 'GET /front') { const s = { met: 0, verifying: 0, not_met: 0, exempt: 0, unconnected: 0, not_judged: 0 }; for (const a of articles(false)) for (const x of a.paragraphs) s[x.word]++; return json(res, 200, { now: iso(nowMs()), alarms, owes: s, stations, reports: { today: 12, open: 5, closed_today: 7 }, simulated: true }); }
  if (key === 'GET /articles') return json(res, 200, { now: iso(nowMs()), articles: articles(!!me, false) });
  if (parts[0] === 'articles') { const a = articles(!!me, true).find((x) => String(x.number) === parts[1]); return a ? json(res, 200, { now: iso(nowMs()), ...a }) : problem(res, 404, '没有这一条'); }
  if (key === 'GET /map') return json(res, 200, map());
  if (key === 'GET /areas') return json(res, 200, areas);
  if (key === 'GET /matters') return json(res, 200, [{ id: 'water', title: T('河水、水质', 'Rivers and water') }, { id: 'road', title: T('道路、路灯', 'Roads and lamps') }]);
  if (key === 'POST /reports') {
    const f = multipart(await read(req), req.headers['content-type'] ?? '');
    if (!f.words && !f.photo) return problem(res, 422, '照片和一句话都没有', 'words');
    const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'; const code = Array.from({ length: 8 }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join('');
    const area = areas.find((a) => a.id === f.place); const id = `r${nextSeq()}`;
    let photo = null; if (f.photo?.length) { const b = `b${nextSeq()}`; blobs.set(b, f.photo); photo = `/api/blobs/${b}`; }
    open(id, 3, T(`居民报：${(f.words || '有照片').slice(0, 18)}`, `Resident: ${(f.words || 'a picture').slice(0, 40)}`), area?.name ?? T('地图上的一点', 'A point on the map'), iso(nowMs()), Number(f.lon) || area?.lon || 117.1, Number(f.lat) || area?.lat || 28.25, { kind: 'report', report: code, signal: { words: f.words ?? null, photo_url: photo, phone_available: !!f.phone } });
    cases.get('c1')?.candidates.push(id);
    reports.set(code, { code, words: f.words, case: id, at: iso(nowMs()), rating: null, photo }); state.shown++;
    emit(['desk', 'front']); return json(res, 201, { code, received_at: iso(nowMs()) });
  }
  if (parts[0] === 'reports') { const r = reports.get(parts[1]); if (!r) return problem(res, 404, '没有这个查询码'); if (parts[2] === 'rating') { r.rating = { word: JSON.parse(await read(req)).word }; emit(['follow']); return json(res, 200, { seq: nextSeq() }); } return json(res, 200, follow(r)); }
  if (key === 'POST /session') { const b = JSON.parse(await read(req)); const who = people.get(b.person); return who && b.password ? json(res, 200, who, { 'set-cookie': `who=${who.id}; Path=/; HttpOnly; SameSite=Lax` }) : problem(res, 401, '账号或口令不对'); }
  if (key === 'DELETE /session') return json(res, 200, {}, { 'set-cookie': 'who=; Path=/; Max-Age=0' });
  if (key === 'POST /fixture/reset') { reset(); emit(['desk', 'inbox', 'checks']); return json(res, 200, {}); }
  if (key === 'POST /fixture/alarm') { open(`n${nextSeq()}`, 1, T('烟感报警：污水站配电间', 'Smoke alarm: switch room'), T('贵溪工业园区', 'Guixi industrial park'), iso(nowMs()), 117.2, 28.32); state.shown++; emit(['desk']); return json(res, 200, {}); }
  if (key === 'POST /fixture/clock') { clock.offset += JSON.parse(await read(req)).ms; return json(res, 200, {}); }
  if (parts[0] === 'blobs' && req.method === 'GET') { const b = blobs.get(parts[1]); if (!b) return problem(res, 404, '没有'); res.writeHead(200, { 'content-type': 'image/png' }); return res.end(b); }
  if (!me) return problem(res, 401, '请先登录');
  if (req.method !== 'GET' && req.headers['x-jingwei-csrf'] !== '1') return problem(res, 403, 'csrf');
  return staff(req, res, q, me, key, parts);
}

async function staff(req, res, q, me, key, parts) {
  if (key === 'GET /me') return json(res, 200, me);
  if (key === 'GET /desk') return json(res, 200, deskView(state));
  if (parts[0] === 'cases' && parts[2] === 'signals') return json(res, 200, { phone: '13870120000' });
  if (parts[0] === 'cases') { let c = cases.get(parts[1]); while (c?.into) c = cases.get(c.into); return c ? json(res, 200, caseView(c)) : problem(res, 404, '没有这一件'); }
  if (key === 'GET /inbox') return json(res, 200, inboxView(me));
  if (parts[0] === 'tasks') { const t = tasks.get(parts[1]); return t ? json(res, 200, taskView(t)) : problem(res, 404, '没有这一件'); }
  if (key === 'GET /checks') return json(res, 200, checksView(me));
  if (key === 'POST /blobs') { const id = `b${nextSeq()}`; blobs.set(id, await read(req)); return json(res, 200, { id, url: `/api/blobs/${id}` }); }
  if (key === 'GET /views/devices') return json(res, 200, collection(q));
  if (parts[0] === 'devices' && parts[2] === 'series') return json(res, 200, seriesView(q.get('attr'), Date.parse(q.get('from')), Date.parse(q.get('to'))));
  if (parts[0] === 'devices' && parts[2] === 'frames') return json(res, 200, frameView(parts[3]));
  if (parts[0] === 'devices') { const d = deviceView(parts[1]); return d ? json(res, 200, d) : problem(res, 404, '没有这台设备'); }
  if (key === 'GET /holds') return json(res, 200, { now: iso(nowMs()), held: state.held, things });
  if (key === 'GET /firm') return json(res, 200, firmView());
  if (key === 'GET /connect') return json(res, 200, { hj212: { host: '127.0.0.1', port: 9212 }, mqtt: { host: '127.0.0.1', port: 1883 }, http: { host: '127.0.0.1', port: 8080 }, things });
  if (parts[0] === 'connect') { const first = state.firstMessage.get(parts[1]); return json(res, 200, { first_message_at: first && nowMs() > first ? iso(first) : null, reason: null }); }
  if (parts[0] === 'commands') {
    const body = JSON.parse((await read(req)).toString() || '{}');
    if (parts[1] === 'gateway.approve') { state.held = state.held.filter((h) => h.id !== body.held); emit(['holds']); return json(res, 200, { seq: nextSeq() }); }
    if (parts[1] === 'gateway.register') { if (!body.login) return problem(res, 422, '请写设备号', 'login'); state.firstMessage.set('dev-9', nowMs() + 3000); setTimeout(() => emit(['connect:dev-9', 'connect']), 3200); return json(res, 200, { device: 'dev-9', password: 'Kx7-pw-demo-29', login: body.login }); }
    const keys = run(parts[1], body, me); emit(keys); return json(res, 200, { seq: nextSeq() });
  }
  return problem(res, 404, '没有这个地址');
}

const server = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x');
  try {
    if (url.pathname.startsWith('/api/')) return await api(req, res, url);
    if (url.pathname.startsWith('/sign-in/')) { const who = people.get(url.pathname.split('/')[2]); res.writeHead(303, who ? { location: who.home, 'set-cookie': `who=${who.id}; Path=/; HttpOnly; SameSite=Lax` } : { location: '/sign-in' }); return res.end(); }
    const file = join(dist, normalize(url.pathname));
    const asset = extname(url.pathname) && existsSync(file) && file.startsWith(dist);
    res.writeHead(200, { 'content-security-policy': policy, 'content-type': kinds[asset ? extname(file) : '.html'] ?? 'application/octet-stream' });
    return res.end(readFileSync(asset ? file : join(dist, 'index.html')));
  } catch (error) {
    if (error instanceof No) return problem(res, error.status, error.message, error.field);
    console.error(error);
    return problem(res, 500, String(error.message));
  }
});

reset();
const port = Number(process.argv[2] ?? 8090);
server.listen(port, '127.0.0.1', () => console.log(`fixture city on http://127.0.0.1:${port}`));
