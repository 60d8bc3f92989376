// The cases of the fixture server: a small machine with the steps that the portal has to show. In memory only.
import { T, at, bodies, iso, nowMs, returnReasons, steps, titleOf } from './fixture-data.mjs';

export const cases = new Map();
export const tasks = new Map();
let serial = 30;
let seq = 1000;
export const nextSeq = () => ++seq;
const officer = T('值班员', 'Duty officer');

function signal(id, kind, headline, level, when, extra = {}) {
  return { id, kind, code: id.toUpperCase(), at: when, headline, level, words: null, photo_url: null, phone_available: false, source_link: null, distance_m: null, ...extra };
}

export function open(id, level, headline, place, since, lon, lat, extra = {}) {
  const c = { id, code: `2026-0706-0${++serial}`, state: 'received', level, headline, place, lon, lat, since, deadline: iso(Date.parse(since) + 48 * 3600_000), late: false, article: '38', matter: { id: 'water', title: T('水体污染', 'Water pollution') }, signals: [signal(`${id}-s1`, extra.kind ?? 'alert', headline, level, since, extra.signal ?? { source_link: '/devices/dev-1' })], tasks: [], log: [{ at: since, by: T('系统', 'System'), text: T('收到信号', 'Signal received'), photo_url: null }], version: 1, candidates: extra.candidates ?? [], acknowledged: false, apart: new Set(), report: extra.report ?? null };
  cases.set(id, c);
  return c;
}

export function seed() {
  cases.clear(); tasks.clear(); serial = 30;
  open('c1', 1, T('总排口 COD 82.4，疑似超标', 'Main outlet COD 82.4, suspected over limit'), T('贵溪工业园区', 'Guixi industrial park'), at(-3, 8), 117.19, 28.31, { candidates: ['c2', 'c3'] });
  open('c2', 3, T('居民报：河水发黑，有臭味', 'Resident: the river is black and smells'), T('贵溪市 滨江镇', 'Binjiang, Guixi'), at(-1, 20), 117.188, 28.3085, { kind: 'report', report: 'K7M39QXA', signal: { words: '河水发黑，有臭味，岸边有几条死鱼。', phone_available: true } });
  open('c3', 3, T('来电：有焦味', 'Call: smell of burning'), T('贵溪工业园区', 'Guixi industrial park'), at(-1, 56), 117.1925, 28.312, { kind: 'call' });
  open('c4', 2, T('危货车告警无人认领', 'Dangerous goods alarm, nobody took it'), T('G320 贵溪段', 'G320 at Guixi'), at(-9), 117.13, 28.33);
  open('c5', 3, T('界牌断面缺数', 'Jiepai section silent'), T('余江区', 'Yujiang'), at(-24), 116.95, 28.33).acknowledged = true;
  open('c6', 4, T('路灯 12 盏离线', '12 street lamps offline'), T('信江新区 站江路', 'Zhanjiang Road, Xinjiang New Area'), at(-46), 117.06, 28.26);
}

const distance = (a, b) => Math.round(Math.hypot((a.lon - b.lon) * 0.88, a.lat - b.lat) * 111_320);
const active = (c) => !['closed', 'merged_into'].includes(c.state);

export function deskView(seatState) {
  const queue = [...cases.values()].filter(active).sort((a, b) => a.level - b.level || a.since.localeCompare(b.since)).map((c) => ({
    id: c.id, kind: 'case', code: c.code, level: c.level, headline: c.headline, place: c.place, since: c.since, state: c.state, state_title: titleOf(c.state), signals: c.signals.length, deadline: c.deadline,
    candidates: c.candidates.filter((id) => cases.get(id)?.state === 'received' && !c.apart.has(id)), acknowledged: c.acknowledged, simulated: true, lon: c.lon, lat: c.lat,
  }));
  const timeline = [...cases.values()].flatMap((c) => c.log.map((l) => ({ at: l.at, text: { zh: `${l.text.zh} ${c.headline.zh.slice(0, 8)}`, en: l.text.en }, case: c.id }))).sort((a, b) => a.at.localeCompare(b.at)).slice(-20);
  return { now: iso(nowMs()), queue, counts: { open: queue.length, late: 0 }, budget: { shown: Math.min(6, seatState.shown), limit: 6 }, timeline, next_cursor: null };
}

export function caseView(c) {
  const received = c.state === 'received' || c.state === 'filed';
  const suggestions = c.candidates.map((id) => cases.get(id)).filter((o) => o && o.state === 'received' && !c.apart.has(o.id)).map((o) => ({ id: o.id, headline: o.headline, at: o.since, distance_m: distance(c, o), minutes: Math.round(Math.abs(Date.parse(o.since) - Date.parse(c.since)) / 60_000), kind: o.signals[0].kind, level: o.level }));
  const ev = (name, zh, en, enabled, why, fields = []) => ({ name, verb: T(zh, en), enabled, why_not: enabled ? null : why, fields });
  const later = T('已经派遣', 'Already dispatched');
  return {
    now: iso(nowMs()), ...pick(c), state_title: titleOf(c.state), suggestions, tasks: c.tasks.map((id) => tasks.get(id)), suggested_bodies: received ? bodies : [], steps, simulated: true,
    events: [ev('flow.acknowledge', '确认', 'Acknowledge', !c.acknowledged && received, T('已经确认', 'Already acknowledged')), ev('flow.merge', '合并', 'Merge', received, later, ['merge']), ev('flow.keep_apart', '不合并', 'Keep apart', received, later, ['other']), ev('flow.dispatch', '派遣', 'Dispatch', received, later, ['bodies', 'merge', 'words']), ev('flow.note', '备注', 'Note', active(c), later, ['words']), ev('flow.close', '结案', 'Close', c.state === 'checked', T('核查通过后可以结案', 'Possible after the check'))],
  };
}
const pick = ({ candidates, acknowledged, apart, report, ...rest }) => ({ ...rest, acknowledged });

function absorb(target, ids) {
  for (const id of ids ?? []) {
    const other = cases.get(id);
    if (!other || other === target) continue;
    other.before = { state: other.state };
    other.state = 'merged_into'; other.into = target.id;
    target.signals.push(...other.signals.map((s) => ({ ...s, distance_m: distance(target, other), from: id })));
    target.level = Math.min(target.level, other.level);
  }
  if (ids?.length) log(target, T(`合并 ${ids.length + 1} 条`, `Merged ${ids.length + 1}`), officer);
}
const log = (c, text, by, photo_url = null) => { c.log.push({ at: iso(nowMs()), by, text, photo_url }); c.version++; };
export class No extends Error { constructor(status, zh, field) { super(zh); this.status = status; this.field = field; } }
const need = (map, id) => map.get(id) ?? (() => { throw new No(404, '没有这一件'); })();

/** Does one command for a person; gives the keys that changed. */
export function run(name, b, me) {
  if (name === 'flow.acknowledge') { const c = need(cases, b.case); c.acknowledged = true; log(c, T('确认', 'Acknowledged'), me.person); return ['desk', `case:${c.id}`]; }
  if (name === 'flow.merge') { const c = need(cases, b.case); absorb(c, b.merge); return ['desk', `case:${c.id}`]; }
  if (name === 'flow.unmerge') {
    const c = need(cases, b.case);
    for (const id of [b.absorbed]) { const o = cases.get(id); if (o?.into === c.id) { o.state = 'received'; delete o.into; c.signals = c.signals.filter((s) => s.from !== id); } }
    log(c, T('撤销合并', 'Merge undone'), me.person); return ['desk', `case:${c.id}`];
  }
  if (name === 'flow.keep_apart') { const c = need(cases, b.case); for (const id of b.other) c.apart.add(id); log(c, T('不合并', 'Kept apart'), me.person); return ['desk', `case:${c.id}`]; }
  if (name === 'flow.dispatch') {
    const c = need(cases, b.case);
    if (!b.bodies?.length) throw new No(422, '请至少勾选一个部门', 'bodies');
    absorb(c, b.merge);
    for (const id of b.bodies) {
      const body = bodies.find((x) => x.id === id); if (!body) continue;
      const t = { id: `t${nextSeq()}`, case: c.id, body_id: id, body: body.name, state: 'dispatched', state_title: titleOf('dispatched'), received_at: iso(nowMs()), deadline: iso(nowMs() + 15 * 60_000), accepted_by: null, reply: null, returned: null };
      tasks.set(t.id, t); c.tasks.push(t.id);
    }
    c.state = 'dispatched'; c.acknowledged = true;
    log(c, T(`派给 ${b.bodies.length} 个部门${b.words ? `：${b.words}` : ''}`, `Dispatched to ${b.bodies.length}`), me.person);
    return ['desk', 'inbox', `case:${c.id}`, 'follow'];
  }
  if (name === 'flow.note') { const c = need(cases, b.case ?? tasks.get(b.task)?.case); log(c, T(`备注：${b.words}`, `Note: ${b.words}`), me.person); return [`case:${c.id}`, 'inbox', ...c.tasks.map((x) => `task:${x}`)]; }
  if (name === 'flow.close') { const c = need(cases, b.case); c.state = 'closed'; log(c, T('结案', 'Closed'), me.person); return ['desk', `case:${c.id}`, 'follow']; }
  if (name === 'flow.check') {
    const c = need(cases, b.case);
    if (c.tasks.some((id) => tasks.get(id).replied_by === me.id)) throw new No(403, '答复的人不能核查同一件');
    if (b.pass) { c.state = 'checked'; log(c, T('核查通过', 'Passed'), me.person); } else { c.state = 'dispatched'; for (const id of c.tasks) { const t = tasks.get(id); t.state = 'accepted'; t.state_title = titleOf('accepted'); t.reply = null; } log(c, T(`退回重办：${b.words}`, `Sent back: ${b.words}`), me.person); }
    return ['desk', 'inbox', 'checks', `case:${c.id}`, 'follow'];
  }
  const t = need(tasks, b.task); const c = cases.get(t.case);
  const to = (state) => { t.state = state; t.state_title = titleOf(state); };
  if (name === 'flow.accept') { to('accepted'); t.accepted_by = me.person; t.accepted_at = iso(nowMs()); c.state = 'accepted'; log(c, T('接下', 'Accepted'), me.person); }
  else if (name === 'flow.return') { if (!b.words) throw new No(422, '请写一句说明', 'words'); to('returned'); t.state_title = T('已退回', 'Returned'); t.returned = { reason: returnReasons.find((r) => r.id === b.reason)?.title ?? T('', ''), words: b.words, by: me.person, at: iso(nowMs()) }; log(c, T(`退回：${b.words}`, `Returned: ${b.words}`), me.person); } else if (name === 'flow.start') { to('handling'); c.state = 'handling'; log(c, T('开始办理', 'Work started'), me.person); } else if (name === 'flow.reply') {
    to('replied'); t.replied_by = me.id; t.reply = { words: b.words, photo_url: b.photo ? `/api/blobs/${b.photo}` : null, by: me.person, at: iso(nowMs()) };
    log(c, T(`答复：${b.words}`, `Replied: ${b.words}`), me.person, t.reply.photo_url);
  } else throw new No(404, '没有这个命令');
  const states = c.tasks.map((id) => tasks.get(id).state);
  if (states.includes('replied') && states.every((x) => x === 'replied' || x === 'returned')) c.state = 'replied';
  return ['desk', 'inbox', 'checks', `case:${c.id}`, `task:${t.id}`, 'follow'];
}

export function inboxView(me) {
  const list = [...tasks.values()].filter((t) => me.body_id === t.body_id && t.state !== 'returned' && active(cases.get(t.case)));
  return { now: iso(nowMs()), tasks: list.map((t) => { const c = cases.get(t.case); return { id: t.id, case: c.id, code: c.code, state: t.state, state_title: t.state_title, headline: c.headline, place: c.place, level: c.level, received_at: t.received_at, deadline_step: t.deadline, deadline_whole: c.deadline, late: Date.parse(t.deadline) < nowMs() }; }), counts: { open: list.length } };
}
export function taskView(t) {
  const c = cases.get(t.case); const { suggestions, suggested_bodies, ...view } = caseView(c);
  const ev = (name, zh, en, enabled) => ({ name, verb: T(zh, en), enabled, why_not: enabled ? null : T('现在不能', 'Not now'), fields: [] });
  return { ...view, task: { ...t, deadline_step: t.deadline }, return_reasons: returnReasons, events: [ev('flow.accept', '接下', 'Accept', t.state === 'dispatched'), ev('flow.return', '退回', 'Return', t.state === 'dispatched'), ev('flow.start', '开始办理', 'Start work', t.state === 'accepted'), ev('flow.reply', '答复', 'Reply', ['accepted', 'handling'].includes(t.state)), ev('flow.note', '备注', 'Note', true)] };
}
export function checksView(me) {
  const list = [...cases.values()].filter((c) => c.state === 'replied' || c.state === 'checked');
  return { now: iso(nowMs()), cases: list.map((c) => { const mine = c.tasks.some((id) => tasks.get(id).replied_by === me.id); return { id: c.id, code: c.code, level: c.level, headline: c.headline, place: c.place, since: c.since, deadline: c.deadline, late: false, state: c.state, events: [], points: [['photo', '照片是现场的，和原来同一处', 'The photo is from the site, the same spot'], ['words', '说的和做的一致', 'What was said was done'], ['all', '各单位都已答复', 'All bodies have replied']].map(([id, zh, en]) => ({ id, title: T(zh, en) })), may_check: !mine, why_not: mine ? T('您答复了这件，不能核查', 'You replied to this one and may not check it') : null, tasks: c.tasks.map((id) => tasks.get(id)), photo_before_url: c.signals.find((s) => s.photo_url)?.photo_url ?? null, version: c.version }; }) };
}
