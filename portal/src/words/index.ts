import type { T } from '../api/shapes';
import { zh, type Words } from './zh';

export type Lang = 'zh' | 'en';
export type { Words };

let lang: Lang = 'zh';
let words: Words = zh;

/** Switches the catalogue. English is fetched only when somebody reads it. */
export async function speak(next: Lang): Promise<void> {
  if (next === 'en') words = (await import('./en')).en;
  else words = zh;
  lang = next;
  if (typeof document !== 'undefined') document.documentElement.lang = next === 'zh' ? 'zh-Hans' : 'en';
}

/** The catalogue in the language of the reader. */
export const w = (): Words => words;
export const language = (): Lang => lang;

/** Picks the reader's language of a text that came from the server; a text that has only one language is shown in that one. */
export function t(text: T | string | null | undefined): string {
  if (text == null) return '';
  if (typeof text === 'string') return text;
  return (lang === 'zh' ? text.zh || text.en : text.en || text.zh) ?? '';
}

const DIGITS = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/** A number under one hundred as the law writes it: 38 → 三十八. */
export function lawNumber(n: number): string {
  if (lang === 'en') return String(n);
  if (n < 10) return DIGITS[n] ?? String(n);
  const tens = Math.floor(n / 10);
  const rest = n % 10;
  return `${tens > 1 ? DIGITS[tens] : ''}十${rest ? DIGITS[rest] : ''}`;
}

/** The law is stored with half-width marks and shown with full-width ones; the stored text stays as it is. */
export function fullWidth(text: string): string {
  const marks: Record<string, string> = { ',': '，', ';': '；', ':': '：', '(': '（', ')': '）', '?': '？' };
  return text.replace(/(?<!\d)[,;:()?]|[,;:()?](?!\d)/g, (m) => marks[m] ?? m);
}
