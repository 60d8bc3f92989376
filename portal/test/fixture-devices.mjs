// Devices of the fixture server.
import { T, at, base, iso, nowMs } from './fixture-data.mjs';

const names = ['贵溪工业园区污水处理厂总排口', '红卫坝断面监测仪', '界牌断面监测仪', '月湖空气站', '余江眼镜园总排口', '铜冶炼一号排口'];
export const devices = names.map((zh, i) => ({ id: `dev-${i + 1}`, name: T(zh, `Monitor ${i + 1}`), protocol: i === 3 ? 'mqtt' : 'hj212', login: `010000A8900016F000169DC${i}`, subject: { id: `urn:x:${i}`, name: T(zh, `Site ${i + 1}`) }, state: i === 2 ? 'silent' : 'live', promise_minutes: 1, last_report_at: at(i === 2 ? -70 : 0, -12), kept: { share: i === 2 ? 0.912 : 0.964, expected: 2880, received: i === 2 ? 2627 : 2777 } }));
export const stateTitle = (s) => (s === 'silent' ? T('没有信号', 'Silent') : s === 'held' ? T('待批准', 'On hold') : T('按时报数', 'Reporting'));
const factors = [['w00000', '流量', 'Flow', 32.9, 'L/s', null, 'N'], ['w01001', 'pH', 'pH', 7.21, '', 9, 'N'], ['w01018', '化学需氧量', 'COD', 71.3, 'mg/L', 50, 'T'], ['w21003', '氨氮', 'Ammonia nitrogen', 2.41, 'mg/L', 5, 'N'], ['w21011', '总磷', 'Total phosphorus', 0.31, 'mg/L', 0.5, 'N']];

const body = 'QN=20260706213000123;ST=32;CN=2011;PW=******;MN=010000A8900016F000169DC0;Flag=9;CP=&&DataTime=20260706213000;w00000-Rtd=32.9,w00000-Flag=N;w01001-Rtd=7.21,w01001-Flag=N;w01018-Rtd=71.3,w01018-Flag=T;w21003-Rtd=2.41,w21003-Flag=N&&';
const frameText = `##${String(body.length).padStart(4, '0')}${body}1380\r\n`;
export const frameView = (seq) => ({ seq: Number(seq), received_at: at(0, 0), protocol: 'hj212', text: frameText, bytes_hex: Buffer.from(frameText).toString('hex'), fields: [['QN', '20260706213000123', '请求编号', 'Request number'], ['ST', '32', '系统：水污染源', 'System: water source'], ['CN', '2011', '命令：实时数据', 'Command: real-time data'], ['MN', '010000A8900016F000169DC0', '设备', 'Device'], ['DataTime', '20260706213000', '数据时间', 'Data time'], ['w01018-Rtd', '71.3', '化学需氧量', 'COD'], ['w01018-Flag', 'T', '设备标为超限', 'Flagged over range by the device'], ['w21003-Rtd', '2.41', '氨氮', 'Ammonia nitrogen']].map(([name, value, zh, en]) => ({ name, value, meaning: T(zh, en) })), checks: { crc: 'ok', length: 'ok' } });

export function deviceView(id) {
  const d = devices.find((x) => x.id === id);
  if (!d) return null;
  return { now: iso(nowMs()), ...d, state_title: stateTitle(d.state), values: factors.map(([attr, zh, en, value, unit, limit, quality], i) => ({ attr, title: T(zh, en), value, unit, limit, quality, observed_at: at(0, -12), seq: 5000 + i })), gaps: [{ from: at(-1100), to: at(-1050) }], refused: [{ at: at(-26, 31), reason: T('校验不对。按原文算出 3A41，帧里写的是 3A40', 'The checksum is wrong. Computed 3A41, the frame says 3A40'), bytes_hex: Buffer.from('…&&3A40').toString('hex'), text: '##0290QN=…&&3A40', checks: { crc: 'bad', length: 'ok' } }, { at: at(-428), reason: T('时间在未来。数据时间比收到时晚 2 小时 12 分。请校准采集仪时钟', 'The time is in the future by 2 h 12 min. Set the clock of the logger'), bytes_hex: '4461746154696d65', text: 'DataTime=20260706163500', checks: { crc: 'ok', length: 'ok' } }], simulated: true, article: '38' };
}

export function seriesView(attr, from, to) {
  const f = factors.find((x) => x[0] === attr) ?? factors[2];
  const start = Number.isFinite(from) ? from : base - 86_400_000;
  const end = Number.isFinite(to) ? to : base;
  const points = [];
  for (let t = start, i = 0; t <= end; t += 600_000, i++) {
    const minutes = (t - base) / 60_000;
    if (minutes > -1100 && minutes < -1050) continue;
    const peak = minutes > -48 && minutes <= 0 ? Math.exp(-(((minutes + 24) / 14) ** 2)) * f[3] * 1.3 : 0;
    points.push([t, Number((f[3] * 0.48 + Math.sin(i / 5) * f[3] * 0.06 + Math.sin(i * 1.7) * f[3] * 0.02 + peak).toFixed(2)), 4000 + i, peak > 10 ? 'T' : 'N']);
  }
  return { attr: f[0], title: T(f[1], f[2]), unit: f[4], limit: f[5], points, gaps: [{ from: at(-1100), to: at(-1050) }] };
}

export function collection(query) {
  const search = (query.get('search') ?? '').toLowerCase();
  const wanted = query.get('facet.state') ?? '';
  const all = devices.filter((d) => (!search || d.name.zh.includes(search) || d.login.toLowerCase().includes(search)) && (!wanted || d.state === wanted));
  return { now: iso(nowMs()), id: 'devices', kind: 'collection', words: { title: T('设备', 'Devices'), empty: T('还没有登记设备。接一台监测仪即可开始。', 'No device registered yet. Connect a monitor to begin.') }, article: '38', columns: [['name', '名称', 'Name', 'text'], ['protocol', '协议', 'Protocol', 'text'], ['login', '设备号', 'Number', 'text'], ['state', '状态', 'State', 'state'], ['last', '最后一帧', 'Last frame', 'ago'], ['kept', '守约', 'Kept', 'share']].map(([attr, zh, en, format]) => ({ attr, title: T(zh, en), format })), facets: [{ attr: 'state', title: T('状态', 'State'), values: ['live', 'silent'].map((v) => ({ value: v, title: stateTitle(v), count: devices.filter((d) => d.state === v).length })) }], rows: all.map((d) => ({ id: d.id, link: `/devices/${d.id}`, cells: { name: d.name, protocol: d.protocol, login: d.login, state: stateTitle(d.state), last: d.last_report_at, kept: d.kept.share } })), total: all.length, next_cursor: null, export: ['csv'] };
}
export const firmView = () => ({ now: iso(nowMs()), firm: T('江西某铜业有限公司', 'A copper company of Jiangxi'), simulated: true, outfalls: [{ id: 'dev-1', name: devices[0].name, link: '/devices/dev-1', state: 'live', state_title: stateTitle('live'), last_report_at: at(0, -12), kept: devices[0].kept, accepted: 2777, resent: 0, refused_count: 2, values: [], device: 'dev-1', refused: deviceView('dev-1').refused, suspected: [{ at: at(-48), headline: T('化学需氧量 82.4 mg/L', 'COD 82.4 mg/L'), value: 82.4, limit: 50 }] }] });
export const things = [{ id: 'tm-water', title: T('水污染源监测仪', 'Monitor of a water source'), protocol: 'hj212' }, { id: 'tm-meter', title: T('户用水表', 'Household meter'), protocol: 'mqtt' }, { id: 'tm-any', title: T('通用读数', 'Plain readings'), protocol: 'http' }];
