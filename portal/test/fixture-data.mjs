// Data of an invented evening for the fixture server. Nothing here is real and nothing here ships.
export const T = (zh, en) => ({ zh, en });
export const base = Date.parse('2026-07-06T13:30:00Z');
const started = Date.now();
export const clock = { offset: 0 };
export const nowMs = () => base + (Date.now() - started) + clock.offset;
export const iso = (ms) => new Date(ms).toISOString();
export const at = (minutes, seconds = 0) => iso(base + minutes * 60_000 + seconds * 1000);

const chapterNames = [[1, 7, '总则', 'General provisions'], [8, 12, '发展规划', 'Planning'], [13, 20, '信息基础设施建设', 'Information infrastructure'], [21, 28, '数字经济发展', 'Digital economy'], [29, 41, '智能化社会治理', 'Intelligent governance'], [42, 46, '保障措施', 'Safeguards'], [47, 49, '法律责任', 'Legal liability'], [50, 51, '附则', 'Supplementary provisions']];
const gov = T('市人民政府', 'Municipal government');
const eco = T('市生态环境主管部门', 'Ecology and environment authority');
const text = {
  1: [['为了促进鹰潭市智慧城市建设,培育产业发展新业态,创新城市管理新手段,构建公共服务新体系,根据有关法律、法规的规定,结合本市实际,制定本条例。', 'This ordinance is made to promote the building of a smart city in Yingtan, to foster new forms of industry, to renew the means of city management and to build a new system of public services, under the relevant laws and regulations and in the light of the actual conditions of the city.', 'not_judged']],
  15: [['市人民政府应当完善智慧城市云数据中心基础环境,提升服务能力。', 'The municipal government shall improve the basic environment of the smart city cloud data centre and raise its capacity.', 'met'], ['市、区(市)人民政府和有关部门业务信息系统应当迁移到智慧城市云数据中心,法律、法规另有规定的除外。', 'Business information systems of governments and departments shall move to the smart city cloud data centre, unless laws or regulations provide otherwise.', 'verifying'], ['鼓励、支持国内外企业在本市设立数据中心,发展产业云平台。', 'Domestic and foreign enterprises are encouraged to set up data centres in the city.', 'not_judged']],
  22: [['市、区(市)人民政府应当推动感知设施接入,实现互联互通。', 'The governments shall promote the connection of sensing facilities so that they work together.', 'met']],
  30: [['市人民政府应当建设全市统一的公共信息交换平台,制定公共信息资源目录。', 'The municipal government shall build one exchange platform for public information and make a catalogue of public information resources.', 'met'], ['市、区(市)人民政府和有关部门业务信息系统应当接入公共信息交换平台,法律、法规另有规定的除外。', 'Business information systems shall connect to the exchange platform for public information, unless laws or regulations provide otherwise.', 'not_met']],
  38: [['市、区(市)人民政府应当推进生态环境监测网络建设,构建企业污染物排放在线监测体系,实现环境质量、污染源的实时监测。', 'The governments shall advance the network of environmental monitoring and build a system that monitors the discharges of enterprises online, so that environmental quality and pollution sources are monitored in real time.', 'verifying']],
};
const filler = ['met', 'unconnected', 'unconnected', 'not_judged', 'unconnected', 'met', 'not_judged'];

function dutiesOf(article, paragraph, staff) {
  if (article !== 38 && article !== 22 && article !== 15) return [];
  const names = ['贵溪工业园区污水处理厂总排口', '红卫坝断面', '界牌断面', '月湖空气站', '余江眼镜园总排口'];
  const rows = names.map((name, i) => ({ subject: `urn:x:${i}`, name: T(name, `Station ${i + 1}`), area: T(i % 2 ? '余江区' : '贵溪市', i % 2 ? 'Yujiang' : 'Guixi'), type: T('监测站点', 'Monitor'), met: i !== 2, since: at(-600 + i), machine: i === 2 ? 'hint' : 'ok', link: `/devices/dev-${i + 1}` }));
  return [{ id: `d${article}-${paragraph}`, title: T('监测站点按承诺的间隔报数', 'Stations report within their promised interval'), evidence_title: T('承诺间隔内收到过一次读数', 'One reading received within the promised interval'), rows: staff ? rows : [], by_area: [{ area: T('贵溪市', 'Guixi'), type: T('污染源', 'Sources'), total: 38, met: 38 }, { area: T('余江区', 'Yujiang'), type: T('河流断面', 'River sections'), total: 3, met: 2 }, { area: T('月湖区', 'Yuehu'), type: T('空气站', 'Air stations'), total: 5, met: 5 }], legal_basis: T('条例没有写间隔，取站点自己的承诺', 'The ordinance names no interval; each station’s own promise is taken'), verified: false }];
}

export function articles(staff, withDuties) {
  return chapterNames.flatMap(([from, to, zh, en], c) => Array.from({ length: to - from + 1 }, (_, i) => {
    const number = from + i;
    const list = text[number] ?? Array.from({ length: number % 3 === 0 ? 2 : 1 }, (_, j) => ['市、区(市)人民政府及其有关部门应当按照各自职责和本条例规定,做好智慧城市建设和管理的相关工作。', 'The governments and their departments shall do their part of building and managing the smart city under this ordinance.', filler[(number + j) % filler.length]]);
    return {
      number, chapter: { number: c + 1, zh, en },
      paragraphs: list.map(([zhText, enText, word], j) => ({
        paragraph: j + 1, text: zhText, text_en: enText, word, since: ['met', 'verifying', 'not_met'].includes(word) ? at(-60 * 24 * 5) : null,
        counts: word === 'verifying' ? { rows: 46, met: 45, verifying: 1 } : word === 'not_met' ? { rows: 22, met: 21, verifying: 1 } : word === 'met' ? { rows: 4, met: 4, verifying: 0 } : { rows: 0, met: 0, verifying: 0 },
        bearers: number === 38 ? [eco] : [gov], soft: word === 'not_judged', ...(withDuties ? { duties: dutiesOf(number, j + 1, staff) } : {}),
      })),
    };
  }));
}

export const areas = [['yuehu', '月湖区', 'Yuehu', null, 117.03, 28.24], ['yujiang', '余江区', 'Yujiang', null, 116.88, 28.3], ['guixi', '贵溪市', 'Guixi', null, 117.22, 28.25], ['binjiang', '滨江镇', 'Binjiang', 'guixi', 117.185, 28.295], ['huayuan', '花园街道', 'Huayuan', 'guixi', 117.2066, 28.2864], ['liukou', '流口镇', 'Liukou', 'guixi', 117.32, 28.31], ['shangqing', '上清镇', 'Shangqing', 'guixi', 117.03, 28.05], ['jinjiang', '锦江镇', 'Jinjiang', 'yujiang', 116.8998, 28.4005], ['dengbu', '邓埠街道', 'Dengbu', 'yujiang', 116.8172, 28.2084], ['donghu', '东湖街道', 'Donghu', 'yuehu', 117.02, 28.235]]
  .map(([id, zh, en, parent, lon, lat]) => ({ id, name: T(zh, en), parent, lon, lat }));

const poly = (id, zh, en, c) => ({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [[...c, c[0]]] }, properties: { id, name: T(zh, en), kind: 'county' } });
const line = (zh, en, kind, c) => ({ type: 'Feature', geometry: { type: 'LineString', coordinates: c }, properties: { name: T(zh, en), kind } });
export const map = () => ({
  areas: { type: 'FeatureCollection', features: [
    poly('yujiang', '余江区', 'Yujiang', [[117.09, 28.65], [116.96, 28.58], [116.86, 28.47], [116.75, 28.36], [116.69, 28.22], [116.75, 28.14], [116.9, 28.06], [116.97, 28.12], [116.98, 28.25], [117.0, 28.38], [117.05, 28.47], [117.1, 28.57]]),
    poly('guixi', '贵溪市', 'Guixi', [[117.09, 28.65], [117.22, 28.6], [117.32, 28.5], [117.4, 28.35], [117.3, 28.2], [117.42, 28.12], [117.5, 28.0], [117.35, 27.95], [117.2, 27.7], [117.12, 27.62], [117.05, 27.85], [116.95, 28.0], [116.9, 28.06], [116.97, 28.12], [117.02, 28.19], [117.1, 28.2], [117.12, 28.28], [117.05, 28.3], [116.98, 28.25], [117.0, 28.38], [117.05, 28.47], [117.1, 28.57]]),
    poly('yuehu', '月湖区', 'Yuehu', [[116.97, 28.18], [116.98, 28.25], [117.05, 28.3], [117.12, 28.28], [117.1, 28.2], [117.02, 28.17]]),
  ] },
  lines: { type: 'FeatureCollection', features: [
    line('信江', 'Xin River', 'river', [[117.43, 28.31], [117.3, 28.29], [117.2, 28.28], [117.1, 28.25], [117.02, 28.26], [116.97, 28.31], [116.9, 28.36], [116.88, 28.42], [116.78, 28.48]]),
    line('白塔河', 'Baita River', 'river', [[117.2, 27.76], [117.15, 27.9], [117.05, 28.02], [116.97, 28.11], [116.85, 28.18], [116.81, 28.26], [116.87, 28.36]]),
  ] },
  points: [
    { id: 'p1', name: T('疑似超标', 'Suspected over limit'), type: T('贵溪工业园区', 'Guixi industrial park'), kind: 'outlet', lon: 117.19, lat: 28.31, level: 1, link: null },
    { id: 'p2', name: T('货车占道', 'Lorry on the road'), type: T('G320 贵溪段', 'G320 at Guixi'), kind: 'road', lon: 117.13, lat: 28.33, level: 2, link: null },
    { id: 'p3', name: T('断面缺数', 'Section silent'), type: T('界牌断面', 'Jiepai section'), kind: 'river', lon: 116.95, lat: 28.33, level: 3, link: null },
  ],
  note: T('示意图，不是法定界线。', 'Schematic, not a legal boundary.'),
});

export const alarms = [
  { id: 'a1', level: 1, headline: T('污水排口疑似超标', 'Sewage outlet suspected over limit'), place: T('贵溪工业园区', 'Guixi industrial park'), since: at(-48), acts: T('市生态环境主管部门、滨江镇人民政府', 'Ecology authority, Binjiang town'), next: T('已派人到场，排口闸门已关，正在取样查原因', 'People are on site, the gate is closed, samples are being taken'), means: T('自来水正常。今晚不要下信江贵溪段', 'Tap water is normal. Stay out of the Xin River at Guixi tonight'), simulated: true },
  { id: 'a2', level: 2, headline: T('货车占道', 'Lorry on the road'), place: T('G320 贵溪段', 'G320 at Guixi'), since: at(-55), acts: null, next: T('正在派人', 'Being assigned'), means: T('请绕行', 'Please go round'), simulated: true },
  { id: 'a3', level: 3, headline: T('河流断面缺数', 'River section silent'), place: T('余江区 界牌断面', 'Jiepai, Yujiang'), since: at(-70), acts: null, next: T('正在修采集仪', 'The logger is being repaired'), means: T('没有影响', 'No effect'), simulated: true },
];

const st = (i, name, area, values) => ({ id: `s${i}`, name, area, simulated: true, values: values.map(([attr, zh, en, value, unit, limit]) => ({ attr, title: T(zh, en), value, unit, observed_at: at(-1 - i), limit })) });
export const stations = [
  st(1, T('红卫坝断面', 'Hongweiba section'), T('贵溪市', 'Guixi'), [['cod', '化学需氧量', 'COD', 14.2, 'mg/L', 20], ['nh', '氨氮', 'Ammonia', 0.41, 'mg/L', 1], ['ph', 'pH', 'pH', 7.4, '', null]]),
  st(2, T('界牌断面', 'Jiepai section'), T('余江区', 'Yujiang'), [['cod', '化学需氧量', 'COD', 22.8, 'mg/L', 20], ['nh', '氨氮', 'Ammonia', 0.38, 'mg/L', 1]]),
  st(3, T('月湖空气站', 'Yuehu air station'), T('月湖区', 'Yuehu'), [['pm', '细颗粒物', 'PM2.5', 28, 'µg/m³', 75], ['o3', '臭氧', 'Ozone', 96, 'µg/m³', 160]]),
  st(4, T('贵溪空气站', 'Guixi air station'), T('贵溪市', 'Guixi'), [['pm', '细颗粒物', 'PM2.5', 31, 'µg/m³', 75]]),
];

export const steps = [['received', '接收', 'Received'], ['filed', '立案', 'Filed'], ['dispatched', '派遣', 'Dispatched'], ['accepted', '受理', 'Accepted'], ['handling', '处置', 'Handling'], ['replied', '反馈', 'Replied'], ['checked', '核查', 'Checked'], ['closed', '结案', 'Closed']].map(([state, zh, en]) => ({ state, title: T(zh, en) }));
export const titleOf = (state) => steps.find((s) => s.state === state)?.title ?? T(state, state);
export const bodies = [
  { id: 'eco', name: eco, article: '38', basis: T('关闸、取样、查原因', 'Close the gate, sample, find the cause'), ticked: true },
  { id: 'binjiang', name: T('贵溪市滨江镇人民政府', 'Binjiang town government'), article: '6', basis: T('到现场、清理死鱼', 'Go to the site, clear dead fish'), ticked: true },
  { id: 'fire', name: T('市消防救援机构', 'Fire and rescue'), article: '37', basis: T('到场核实、控制火情', 'Verify on site'), ticked: false },
];
export const returnReasons = [
  { id: 'other', title: T('这一部分归别的单位', 'This part belongs to another body'), item: T('责任清单第 17 项', 'Duty list item 17'), article: '6' },
  { id: 'area', title: T('地点不在本单位辖区', 'The place is outside our area'), item: T('责任清单第 3 项', 'Duty list item 3'), article: '6' },
  { id: 'double', title: T('已在另一件里办', 'Already handled in another case'), item: T('责任清单第 6 项', 'Duty list item 6'), article: '6' },
];
export const ratings = [{ id: 'done', title: T('办好了', 'Done') }, { id: 'half', title: T('办了一半', 'Half done') }, { id: 'not', title: T('没办好', 'Not done') }];
