import { afterEach, describe, expect, it } from 'vitest';
import { en } from './en';
import { fullWidth, lawNumber, speak, t, w } from './index';
import { zh } from './zh';

afterEach(() => speak('zh'));

/** Every text of a catalogue with its path; texts with parameters are called with plausible ones. */
function texts(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]];
  if (typeof node === 'function') {
    const call = node as (...a: unknown[]) => unknown;
    for (const args of [[3, 5, 7], ['3', '5', '7']]) {
      try { const out = call(...args); if (typeof out === 'string') return [[path, out]]; } catch { /* the other kind of argument, then */ }
    }
    return [[path, '']];
  }
  if (Array.isArray(node)) return node.flatMap((x, i) => texts(x, `${path}[${i}]`));
  return Object.entries(node as object).flatMap(([k, v]) => texts(v, path ? `${path}.${k}` : k));
}
const shape = (node: unknown, path = ''): string[] => (node && typeof node === 'object' && !Array.isArray(node) ? Object.entries(node).flatMap(([k, v]) => shape(v, `${path}.${k}`)) : [`${path}:${typeof node}`]);

describe('the catalogue', () => {
  it('has the same keys, of the same kind, in both languages', () => {
    expect(shape(en).sort()).toEqual(shape(zh).sort());
  });

  it('says something under every key', () => {
    const silent = (all: [string, string][]) => all.filter(([, text]) => !text.trim()).map(([path]) => path);
    // A Chinese reader needs no note about the translation.
    expect(silent(texts(zh))).toEqual(['lawpage.translation']);
    expect(silent(texts(en))).toEqual([]);
  });

  it('keeps Chinese out of English but for the name of the language', () => {
    const allowed = new Set(['frame.chinese', 'frame.otherVersion']);
    expect(texts(en).filter(([path, text]) => /[\u4e00-\u9fff]/.test(text) && !allowed.has(path))).toEqual([]);
  });

  it('never shouts and never thanks', () => {
    expect([...texts(zh), ...texts(en)].filter(([, text]) => /[!！]|温馨提示|敬请谅解/.test(text))).toEqual([]);
  });
});

describe('texts of the server', () => {
  it('are shown in the language of the reader, or in the one that they have', async () => {
    expect(t({ zh: '水', en: 'water' })).toBe('水');
    expect(t({ zh: '水', en: '' })).toBe('水');
    await speak('en');
    expect(w().frame.now).toBe('Now');
    expect(t({ zh: '水', en: 'water' })).toBe('water');
    expect(t({ zh: '水', en: '' })).toBe('水');
    expect(t(null)).toBe('');
  });
});

describe('numbers of the law', () => {
  it.each([[1, '一'], [10, '十'], [11, '十一'], [20, '二十'], [38, '三十八'], [51, '五十一']])('%i is %s', (n, text) => expect(lawNumber(n)).toBe(text));
  it('are figures in English', async () => { await speak('en'); expect(lawNumber(38)).toBe('38'); });
});

describe('marks of the law', () => {
  it('become full width where a word stands beside them, and stay in numbers', () => {
    expect(fullWidth('市、区(市)人民政府,应当;其中:一(甲)')).toBe('市、区（市）人民政府，应当；其中：一（甲）');
    expect(fullWidth('1,000 元')).toBe('1,000 元');
  });
});
