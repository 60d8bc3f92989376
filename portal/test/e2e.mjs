// The portal's own smoke test against the fixture city: one matter from the resident's phone to the rating, the
// desk's whole job by keyboard, and every page audited in pairs of width, language, theme and print size.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { audit, launch, open } from './browser.mjs';

const port = Number(process.env.PORT ?? 8097);
const base = `http://127.0.0.1:${port}`;
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

const server = spawn(process.execPath, [fileURLToPath(new URL('fixture-server.mjs', import.meta.url)), String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
await new Promise((ready) => server.stdout.once('data', ready));
const browser = await launch();
let failed = 0;
async function step(name, run) {
  const from = Date.now();
  try { await run(); console.log(`ok    ${name} (${Date.now() - from} ms)`); } catch (error) { failed++; console.error(`FAIL  ${name}\n      ${String(error.message).split('\n').slice(0, 12).join('\n      ')}`); }
}
const text = (page, selector) => page.locator(selector).innerText();
const until = (page, words) => page.getByText(words).first().waitFor({ timeout: 8000 });

let code = '';
await step('a resident reports on a phone in three steps', async () => {
  const page = await open(browser, base, { width: 390, height: 844 });
  await page.goto(`${base}/report`);
  await page.getByRole('button', { name: '下一步' }).click();
  await until(page, '照片和一句话都没有');
  await page.getByLabel('一句话').fill('河水发黑，有臭味。');
  await page.locator('input[type=file]').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PNG });
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByLabel('找地方').fill('滨江');
  await page.getByRole('radio', { name: /滨江镇/ }).check();
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByLabel('手机号').fill('1387012');
  await page.getByRole('button', { name: '下一步' }).click();
  await until(page, '手机号少 4 位');
  await page.getByRole('button', { name: '不留，跳过' }).click();
  await page.getByRole('button', { name: '发出' }).click();
  await page.locator('.code-big').waitFor();
  code = (await text(page, '.code-big')).replace(/\s/g, '');
  assert.match(code, /^[2-9A-HJ-NP-Z]{8}$/);
  assert.deepEqual(page.faults, []);
});

const seat = await open(browser, base, { who: 'seat' });
await step('the queue does not jump: a new red alarm waits until N', async () => {
  await seat.locator('.qr').first().waitFor();
  const before = await seat.locator('.qr').count();
  await fetch(`${base}/api/fixture/alarm`, { method: 'POST' });
  await until(seat, '有 1 条新的，不打断您，其中一级 1 条');
  assert.equal(await seat.locator('.qr').count(), before);
  await seat.keyboard.press('n');
  await seat.waitForFunction((n) => document.querySelectorAll('.qr').length === n, before + 1);
});

await step('the desk merges and dispatches by keyboard, and takes a merge back', async () => {
  await seat.goto(`${base}/desk/c1`);
  await seat.locator('#case-body .pick input').first().waitFor();
  await seat.locator('#queue').focus();
  await seat.keyboard.press('Enter');
  await seat.waitForFunction(() => document.activeElement?.closest('#case-body'));
  const ticked = await seat.locator('#case-body section:first-child input:checked').count();
  assert.equal(ticked, 3, 'the report proposes itself');
  await seat.keyboard.press('ArrowDown');
  await seat.keyboard.press('Space');
  await until(seat, '合并 3 条，派遣 2 个部门');
  await seat.keyboard.press('m');
  await until(seat, '已合并 3 条');
  await seat.keyboard.press('u');
  await until(seat, '已撤销');
  await until(seat, '合并 3 条，派遣 2 个部门');
  await seat.waitForTimeout(300); // a key in the instant after a change is not taken
  await seat.keyboard.press('d');
  await until(seat, '已派遣 2 个部门');
  await until(seat, '任务 2 件');
});

await step('single keys can be switched off', async () => {
  await seat.keyboard.press('?');
  await seat.getByLabel('单键快捷键').uncheck();
  await seat.keyboard.press('Escape');
  await seat.locator('#queue').focus();
  await seat.keyboard.press('l');
  assert.equal(await seat.locator('.dm-table').count(), 0);
  assert.deepEqual(seat.faults, []);
  await seat.context().close();
});

const eco = await open(browser, base, { who: 'eco' });
await step('a department accepts and replies with a photo, by keyboard', async () => {
  await eco.locator('.act-bar').waitFor();
  await eco.keyboard.press('a');
  await until(eco, '已接下 1 件');
  await eco.getByLabel('做了什么，写给居民看').fill('排口闸门已关，河水颜色已恢复。');
  await eco.locator('#reply-photo').setInputFiles({ name: 'b.png', mimeType: 'image/png', buffer: PNG });
  await eco.locator('.reply-photo img').waitFor();
  await eco.getByRole('button', { name: '答复 1 件，交别人核查' }).press('Enter');
  await until(eco, '已答复，等别人核查');
});

const town = await open(browser, base, { who: 'town', width: 390, height: 844 });
await step('another department returns its task with a reason, on a phone', async () => {
  await town.goto(`${base}/inbox`);
  await town.locator('.tk').first().click();
  await town.getByRole('button', { name: '退回并说明理由' }).click();
  await town.getByRole('button', { name: '退回给值班台' }).click();
  await until(town, '请选一个理由。');
  await town.getByRole('radio', { name: /这一部分归别的单位/ }).check();
  await town.getByLabel('说明').fill('死鱼已有人清。');
  await town.getByRole('button', { name: '退回给值班台' }).click();
  await until(town, '已退回值班台');
  assert.deepEqual([...eco.faults, ...town.faults], []);
});

await step('who replied may not check; another person closes', async () => {
  await eco.goto(`${base}/check`);
  await until(eco, '您答复了这件，不能核查');
  const checker = await open(browser, base, { who: 'checker' });
  await checker.locator('.cks').waitFor();
  for (const box of await checker.locator('.cks input').all()) await box.check();
  await checker.getByRole('button', { name: '核查通过，结案 1 件' }).click();
  await until(checker, '没有等核查的案件');
});

await step('the resident follows and rates', async () => {
  const page = await open(browser, base, { width: 390, height: 844 });
  await page.goto(`${base}/follow`);
  await page.getByLabel('查询码').fill(code.toLowerCase());
  await page.getByRole('button', { name: '查进度' }).click();
  await until(page, '排口闸门已关');
  await page.getByRole('radio', { name: '办好了' }).check();
  await page.getByRole('button', { name: '评价这件事' }).click();
  await until(page, '您的评价：办好了');
});

await step('a device is connected, and its first message is seen', async () => {
  const page = await open(browser, base, { who: 'seat' });
  await page.goto(`${base}/connect`);
  await page.getByLabel('设备号').fill('010000A8900016F000169DC9');
  await page.getByLabel('名称').fill('园区二号排口');
  await page.getByRole('button', { name: '登记这 1 台' }).click();
  await until(page, 'nc -q 2 127.0.0.1 9212');
  await until(page, '收到第一条');
});

await step('the language changes in place and nothing typed is lost', async () => {
  const page = await open(browser, base, {});
  await page.goto(`${base}/report`);
  await page.getByLabel('一句话').fill('写了一半');
  await page.getByRole('button', { name: /English version/ }).click();
  await until(page, 'What did you see?');
  assert.equal(await page.getByLabel('One line').inputValue(), '写了一半');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
});

for (const context of browser.contexts()) await context.close();
await fetch(`${base}/api/fixture/reset`, { method: 'POST' });
const setup = await open(browser, base, { who: 'seat' });
await setup.evaluate(async () => {
  const send = (name, body) => fetch(`/api/commands/${name}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Jingwei-Csrf': '1' }, body: JSON.stringify(body) });
  await send('flow.dispatch', { case: 'c4', bodies: ['eco'] });
});

// Each pair of width, language, theme and print size occurs for some page; every page meets both widths.
const MODES = [
  { width: 1440, height: 900, lang: 'zh', theme: 'light', large: false }, { width: 390, height: 844, lang: 'en', theme: 'dark', large: false },
  { width: 390, height: 844, lang: 'zh', theme: 'light', large: true }, { width: 1280, height: 800, lang: 'en', theme: 'dark', large: true },
  { width: 1280, height: 800, lang: 'en', theme: 'light', large: false }, { width: 390, height: 844, lang: 'zh', theme: 'dark', large: false },
];
const PAGES = [['/', null], ['/law/38', null], ['/report', null], ['/report?step=where', null], ['/follow/K7M39QXA', null], ['/sign-in', null], ['/desk', 'seat'], ['/inbox', 'eco'], ['/check', 'checker'], ['/devices', 'seat'], ['/devices/dev-1', 'seat'], ['/holds', 'seat'], ['/firm', 'firm'], ['/connect', 'seat']];
for (const mode of MODES) {
  const name = `${mode.width} ${mode.lang} ${mode.theme}${mode.large ? ' large' : ''}`;
  await step(`axe: every page at ${name}`, async () => {
    const found = [];
    for (const [path, who] of PAGES) {
      const page = await open(browser, base, { ...mode, who });
      await page.goto(base + path);
      await page.locator('h1').first().waitFor();
      await page.waitForFunction(() => !document.querySelector('.skel, .boot'));
      await page.waitForTimeout(700);
      found.push(...(await audit(page)).map((line) => `${path}  ${line}`), ...page.faults.map((f) => `${path}  ${f}`));
      await page.context().close();
    }
    assert.equal(found.length, 0, `\n${found.join('\n')}`);
  });
}

await browser.close();
server.kill();
console.log(failed ? `${failed} failed` : 'all passed');
process.exit(failed ? 1 : 0);
