// Journey J0 on the real city: a monitor's frame over TCP and a resident's report become one case, two bodies
// work on it, somebody else checks, the resident rates. Time is moved through the control socket.
import assert from 'node:assert/strict';
import { audit, launch, open } from './browser.mjs';
import { control, now, packet, pass, send, startCity } from './city.mjs';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const PHONE = { width: 390, height: 844 };
const OUTFALL = 'urn:ngsi-ld:Device:outfall-gx-01';
const only = process.argv[2];

let passed = 0;
let failed = 0;
async function step(name, run) {
  try { await run(); passed++; console.log(`ok    ${name}`); } catch (error) { failed++; console.error(`FAIL  ${name}\n      ${String(error.stack ?? error.message).split('\n').slice(0, 14).join('\n      ')}`); }
}
const until = (page, words) => page.getByText(words).first().waitFor({ timeout: 10_000 });
const shot = (page, name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });

const city = await startCity();
const browser = await launch();
const base = city.base;
const signIn = (who, window = {}) => open(browser, base, { who: city.links[who], ...window });
const usual = (m) => m.device === OUTFALL ? { w01018: 78.9, w21003: 3.1 } : m.device.includes('outfall') ? { w01018: 21.4 } : { w01001: 7.2, a34004: 22 };
const monitor = city.monitors.find((m) => m.device === OUTFALL);

const seat = await signIn('seat1');
await step('the desk is quiet before', async () => {
  await seat.goto(`${base}/desk`);
  await until(seat, '待办 0');
  assert.equal(await seat.locator('.qr').count(), 0);
});

await step('a frame over TCP is acknowledged and stands on the desk within 3 s', async () => {
  const answer = await send(city, packet(monitor, await now(city), { w01018: 82.4, w21003: 3.12, w01001: 7.21, w00000: 41.6 }));
  assert.match(answer, /CN=9014/);
  await seat.waitForFunction(() => document.querySelectorAll('.qr').length === 1 || /有 1 条新的/.test(document.body.innerText), null, { timeout: 10_000 });
  await seat.keyboard.press('n');
  await seat.locator('.qr').first().waitFor();
  await until(seat, '疑似超标');
  await shot(seat, 'desk-alert');
});

let code = '';
await step('eight minutes later a resident reports 200 m downstream, on a phone, without an account', async () => {
  await pass(city, 480, usual);
  const page = await open(browser, base, PHONE);
  await page.context().grantPermissions(['geolocation'], { origin: base });
  await page.context().setGeolocation({ longitude: 117.1911, latitude: 28.297 });
  await page.goto(`${base}/report`);
  await page.getByLabel('一句话').fill('河水发黑，有臭味。');
  await page.locator('input[type=file]').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PNG });
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('button', { name: '用手机的位置' }).click();
  await until(page, '手机给了位置');
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByLabel('手机号').fill('13870123456');
  await page.getByRole('button', { name: '下一步' }).click();
  await shot(page, 'report-check');
  await page.getByRole('button', { name: '发出' }).click();
  await page.locator('.code-big').waitFor();
  code = (await page.locator('.code-big').innerText()).replace(/\s/g, '');
  assert.match(code, /^[2-9A-HJ-NP-Z]{8}$/);
  await shot(page, 'report-receipt');
  assert.deepEqual(page.faults, []);
});

await step('the report proposes itself for merging; one case goes to two bodies by the keyboard', async () => {
  await until(seat, /有 \d+ 条新的/);
  await seat.keyboard.press('n');
  await seat.waitForFunction(() => document.querySelectorAll('.qr').length === 2);
  await seat.locator('#queue').focus();
  await seat.keyboard.press('Enter');
  await seat.locator('#case-body .pick input').first().waitFor();
  await seat.keyboard.press('Enter');
  await seat.waitForFunction(() => document.activeElement?.closest('#case-body'));
  await until(seat, /合并 2 条，派遣 2 个部门/);
  await shot(seat, 'desk-case');
  await seat.keyboard.press('d');
  await until(seat, '已派遣 2 个部门');
  assert.deepEqual(seat.faults, []);
});

const eco = await signIn('eco_handler');
const town = await signIn('township_handler', PHONE);
await step('the handlers see their tasks with deadlines; one accepts, the other returns with a reason', async () => {
  await eco.goto(`${base}/inbox`);
  await eco.locator('.act-bar').waitFor();
  await shot(eco, 'inbox');
  await eco.keyboard.press('a');
  await until(eco, '已接下 1 件');
  await town.goto(`${base}/inbox`);
  await town.locator('.tk').first().click();
  await town.getByRole('button', { name: '退回并说明理由' }).click();
  await town.getByRole('radio').first().check();
  await town.getByLabel('说明').fill('这段河道不归我镇管。');
  await town.getByRole('button', { name: '退回给值班台' }).click();
  await until(town, '已退回值班台');
});

await step('the first replies with a photo; who replied may not check', async () => {
  await eco.getByLabel('做了什么，写给居民看').fill('排口闸门已关，河水颜色已恢复。');
  await eco.locator('#reply-photo').setInputFiles({ name: 'b.png', mimeType: 'image/png', buffer: PNG });
  await eco.locator('.reply-photo img').waitFor();
  await eco.getByRole('button', { name: '答复 1 件，交别人核查' }).press('Enter');
  await until(eco, '已答复，等别人核查');
  assert.deepEqual([...eco.faults, ...town.faults], []);
});

await step('another person checks and closes', async () => {
  const checker = await signIn('checker');
  await checker.goto(`${base}/check`);
  await checker.locator('.cks').waitFor();
  await shot(checker, 'check');
  for (const box of await checker.locator('.cks input').all()) await box.check();
  await checker.getByRole('button', { name: '核查通过，结案 1 件' }).click();
  await until(checker, '没有等核查的案件');
  assert.deepEqual(checker.faults, []);
});

await step('the resident follows each step and rates', async () => {
  const page = await open(browser, base, PHONE);
  await page.goto(`${base}/follow`);
  await page.getByLabel('查询码').fill(code.toLowerCase());
  await page.getByRole('button', { name: '查进度' }).click();
  await until(page, '排口闸门已关');
  await shot(page, 'follow');
  await page.getByRole('radio').first().check();
  await page.getByRole('button', { name: '评价这件事' }).click();
  await until(page, '您的评价');
});

await step('the firm sees its own exceedance as suspected and not audited, and nobody else\'s', async () => {
  const firm = await signIn('firm');
  await firm.goto(`${base}/firm`);
  await until(firm, '疑似超标');
  await until(firm, '未经审核');
  await shot(firm, 'firm');
  const other = await firm.evaluate(() => fetch('/api/devices/urn:ngsi-ld:Device:outfall-gx-09').then((r) => r.status));
  assert.ok(other === 403 || other === 404, `another firm's device: ${other}`);
});

await step('Article 38 says what it knows, and names nobody', async () => {
  const page = await open(browser, base, {});
  await page.goto(`${base}/law/38`);
  await until(page, '第三十八条');
  await shot(page, 'law-38');
  const article = await (await fetch(`${base}/api/articles/38`)).json();
  const paragraph = (article.paragraphs ?? article.article?.paragraphs ?? article.articles?.[0]?.paragraphs)[0];
  assert.ok(['met', 'verifying'].includes(paragraph.word), paragraph.word);
  assert.ok(paragraph.counts.rows >= 76);
});

const PAGES = [['/', null], ['/law/38', null], ['/report', null], ['/desk', 'seat1'], ['/inbox', 'eco_handler'], ['/devices', 'seat1'], [`/devices/${OUTFALL}`, 'seat1'], ['/holds', 'clerk'], ['/connect', 'clerk']];
const MODES = [
  { width: 1440, height: 900, lang: 'zh', theme: 'light', large: false }, { width: 390, height: 844, lang: 'en', theme: 'dark', large: false },
  { width: 390, height: 844, lang: 'zh', theme: 'light', large: true }, { width: 1280, height: 800, lang: 'en', theme: 'dark', large: true },
  { width: 1280, height: 800, lang: 'en', theme: 'light', large: false }, { width: 390, height: 844, lang: 'zh', theme: 'dark', large: false },
];
for (const mode of only === 'thread' ? [] : MODES) {
  const name = `${mode.width}-${mode.lang}-${mode.theme}${mode.large ? '-large' : ''}`;
  await step(`the real pages pass axe at ${name}`, async () => {
    const found = [];
    for (const [path, who] of PAGES) {
      const link = who && /sign-in\/(\w+)/.exec(await control(city, { ask: 'link', person: who }))[1];
      const page = await open(browser, base, { ...mode, who: link });
      await page.goto(base + path);
      await page.locator('h1').first().waitFor();
      await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => undefined);
      await shot(page, `${path.replace(/\W+/g, '_')}-${name}`);
      found.push(...(await audit(page)).map((line) => `${path}  ${line}`), ...page.faults.map((f) => `${path}  ${f}`));
      await page.context().close();
    }
    assert.equal(found.length, 0, `\n${found.join('\n')}`);
  });
}
await browser.close();
await step('the city stops cleanly', async () => assert.equal(await city.end(), 0));
console.log(`j0: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
