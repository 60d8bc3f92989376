// A Chromium that asks nothing of any network, and axe injected into its pages.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });

/** A window with the settings of a reader; `who` is signed in by the link of the server. */
export async function open(browser, base, { who, width = 1440, height = 900, lang = 'zh', theme = 'light', large = false } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
  await context.addInitScript(([l, t, b]) => { if (!localStorage.getItem('jingwei.settings')) localStorage.setItem('jingwei.settings', JSON.stringify({ lang: l, theme: t, large: b })); }, [lang, theme, large]);
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  page.faults = [];
  page.on('pageerror', (e) => page.faults.push(e.message));
  page.on('request', (r) => { const u = new URL(r.url()); if (/^https?:$/.test(u.protocol) && u.origin !== base) page.faults.push(`asked a foreign host: ${r.url()}`); });
  if (who) await page.goto(`${base}/sign-in/${who}`);
  return page;
}

/** Violations of WCAG 2.2 A and AA as lines of text, and content wider than the window. */
export async function audit(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), TAGS);
  const lines = violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.target.join(' ')} ${n.failureSummary?.split('\n')[1]?.trim() ?? ''}`));
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (over > 0) lines.push(`content is ${over} px wider than the window`);
  return lines;
}
