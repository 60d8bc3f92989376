import { w } from './words';

/** Times are counted and shown in the city's own zone, which has no summer time. */
const ZONE_MS = 8 * 3600_000;
const DAY = 86_400_000;
const two = (n: number) => String(n).padStart(2, '0');

/** The calendar parts of a moment in Asia/Shanghai. */
export function parts(ms: number) {
  const d = new Date(ms + ZONE_MS);
  return { y: d.getUTCFullYear(), m: d.getUTCMonth() + 1, d: d.getUTCDate(), h: d.getUTCHours(), min: d.getUTCMinutes(), s: d.getUTCSeconds(), wd: d.getUTCDay() };
}

/** Milliseconds of an RFC 3339 time; NaN when there is none. */
export const ms = (time: string | null | undefined): number => (time ? Date.parse(time) : NaN);

const day = (at: number) => Math.floor((at + ZONE_MS) / DAY);

/** 20:42 */
export function clockTime(at: number): string { const p = parts(at); return `${two(p.h)}:${two(p.min)}`; }
/** 20:42:18 */
export function clockSeconds(at: number): string { const p = parts(at); return `${clockTime(at)}:${two(p.s)}`; }
/** 2026-07-06 */
export function isoDate(at: number): string { const p = parts(at); return `${p.y}-${two(p.m)}-${two(p.d)}`; }
/** 2026年7月6日 */
export function longDate(at: number): string { const p = parts(at); return w().time.dateYear(p.y, p.m, p.d); }
/** 7月6日 星期一 21:30 */
export function nowLine(at: number): string { const p = parts(at); return `${w().time.date(p.m, p.d)} ${w().time.weekdays[p.wd]} ${clockTime(at)}`; }

/** 今天 20:42, 昨天 20:42, 7月6日 20:42, 2025年7月6日: as near as a reader needs. */
export function when(at: number, now: number): string {
  if (!Number.isFinite(at)) return w().time.none;
  const off = day(at) - day(now);
  const names: Record<string, string> = { '-1': w().time.yesterday, 0: w().time.today, 1: w().time.tomorrow };
  const p = parts(at);
  const name = names[off] ?? (p.y === parts(now).y ? w().time.date(p.m, p.d) : w().time.dateYear(p.y, p.m, p.d));
  return `${name} ${clockTime(at)}`;
}

/** A length of time in words, by its two greatest units. */
export function span(length: number): string {
  const s = Math.max(0, Math.floor(length / 1000));
  if (s < 60) return w().time.seconds(s);
  const m = Math.floor(s / 60);
  if (m < 60) return w().time.minutes(m);
  const h = Math.floor(m / 60);
  if (h < 48) return w().time.hours(h, m % 60);
  return w().time.days(Math.floor(h / 24), h % 24);
}

/** The desk counts 2:52 under one hour, then 1:07:58. */
export function counter(length: number): string {
  const s = Math.max(0, Math.floor(length / 1000));
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** Before a deadline what is left, after it what is over. */
export function due(at: number, now: number): string {
  if (!Number.isFinite(at)) return w().time.none;
  return at >= now ? w().time.left(span(at - now)) : w().time.over(span(now - at));
}

export function ago(at: number, now: number): string {
  if (!Number.isFinite(at)) return w().time.none;
  const length = now - at;
  return length < 5000 ? w().time.now : w().time.ago(span(length));
}
