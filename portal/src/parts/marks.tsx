import type { ComponentChildren, JSX } from 'preact';
import type { Level, Word } from '../api/shapes';
import { lawNumber, w } from '../words';

/** Levels and states are drawn in place: shape, numeral and colour together, never colour alone. */
const SHAPES: Record<Level, () => JSX.Element> = {
  1: () => <><rect x="1.5" y="1.5" width="21" height="21" rx="1.5" fill="var(--red)" /><text x="12" y="17.5" text-anchor="middle" font-size="15.5" font-weight="700" fill="var(--red-on)">1</text></>,
  2: () => <><path d="M12 .9 23.1 12 12 23.1.9 12z" fill="var(--orange)" stroke="var(--orange-edge)" stroke-width="1.2" stroke-linejoin="round" /><text x="12" y="17" text-anchor="middle" font-size="14" font-weight="700" fill="var(--orange-on)">2</text></>,
  3: () => <><path d="M12 1.6 23.2 22H.8z" fill="var(--yellow)" stroke="var(--yellow-edge)" stroke-width="1.2" stroke-linejoin="round" /><text x="12" y="20" text-anchor="middle" font-size="13" font-weight="700" fill="var(--yellow-on)">3</text></>,
  4: () => <><circle cx="12" cy="12" r="10.8" fill="var(--blue)" /><text x="11.8" y="17.1" text-anchor="middle" font-size="14.5" font-weight="700" fill="var(--blue-on)">4</text></>,
};
const SMALL: Record<Level, () => JSX.Element> = {
  1: () => <rect x="3" y="3" width="18" height="18" rx="1.5" fill="var(--red)" />,
  2: () => <path d="M12 1.5 22.5 12 12 22.5 1.5 12z" fill="var(--orange)" stroke="var(--orange-edge)" stroke-width="1.6" stroke-linejoin="round" />,
  3: () => <path d="M12 2.5 22.6 21H1.4z" fill="var(--yellow)" stroke="var(--yellow-edge)" stroke-width="1.6" stroke-linejoin="round" />,
  4: () => <circle cx="12" cy="12" r="9.6" fill="var(--blue)" />,
};
const HEX = 'M5.5 1.7H14.5L19.1 10 14.5 18.3H5.5L.9 10z';
export type StateMark = Word | 'hint' | 'due';
const STATES: Record<StateMark, () => JSX.Element> = {
  met: () => <><circle cx="10" cy="10" r="9" fill="var(--accent)" /><path d="M5.6 10.4 8.7 13.5 14.6 7" fill="none" stroke="var(--accent-on)" stroke-width="2.1" stroke-linecap="round" stroke-linejoin="round" /></>,
  verifying: () => <><path d={HEX} fill="var(--yellow)" stroke="var(--yellow-edge)" stroke-width="1.3" stroke-linejoin="round" /><path d="M7.2 7.7C7.2 6 8.4 5 10 5S12.8 6 12.8 7.5C12.8 9.4 10 9.6 10 11.8" fill="none" stroke="var(--yellow-on)" stroke-width="2" stroke-linecap="round" /><circle cx="10" cy="14.8" r="1.25" fill="var(--yellow-on)" /></>,
  not_met: () => <><rect x="1" y="1" width="18" height="18" rx="1.5" fill="var(--red)" /><path d="M6 6 14 14M14 6 6 14" stroke="var(--red-on)" stroke-width="2.1" stroke-linecap="round" /></>,
  exempt: () => <><circle cx="10" cy="10" r="8.2" fill="none" stroke="var(--accent)" stroke-width="1.5" /><path d="M6 10H14" stroke="var(--accent)" stroke-width="2.1" stroke-linecap="round" /></>,
  unconnected: () => <circle cx="10" cy="10" r="8.2" fill="none" stroke="var(--ink-3)" stroke-width="1.5" stroke-dasharray="2.2 2.95" />,
  not_judged: () => <path d="M4 10H16" stroke="var(--ink-3)" stroke-width="1.5" stroke-linecap="round" />,
  hint: () => <><path d={HEX} fill="var(--surface)" stroke="var(--yellow-edge)" stroke-width="1.7" stroke-linejoin="round" /><path d="M10 5.2V11" stroke="var(--yellow-ink)" stroke-width="2.1" stroke-linecap="round" /><circle cx="10" cy="14.4" r="1.25" fill="var(--yellow-ink)" /></>,
  due: () => <><path d={HEX} fill="var(--surface)" stroke="var(--yellow-edge)" stroke-width="1.7" stroke-linejoin="round" /><path d="M10 5.4V10.4L13.2 12.4" fill="none" stroke="var(--yellow-ink)" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" /></>,
};

const level = (n: number | null | undefined): Level => (n === 1 || n === 2 || n === 3 || n === 4 ? n : 4);

export type Size = 's' | 'm' | 'd' | 'l' | 'xl';

/** The shape with its numeral; from 20 px. `silent` when its word stands beside it. */
export function LevelMark({ of, size = 'd', silent = false }: { of: number; size?: Size; silent?: boolean }) {
  const l = level(of);
  const Shape = (size === 's' ? SMALL : SHAPES)[l];
  const name = silent ? { 'aria-hidden': true as const } : { role: 'img' as const, 'aria-label': w().level[l] ?? '' };
  return <svg class={`lv lv-${size}`} viewBox="0 0 24 24" {...name}><Shape /></svg>;
}

/** The shape for inside another drawing, `size` units wide with its middle at x, y. */
export function LevelAt({ of, x, y, size }: { of: number; x: number; y: number; size: number }) {
  const Shape = SHAPES[level(of)];
  return <g transform={`translate(${x - size / 2} ${y - size / 2}) scale(${size / 24})`}><Shape /></g>;
}

const INK: Record<Level, string> = { 1: 'red', 2: 'orange', 3: 'yellow', 4: 'blue' };
/** 一级告警 in the ink of its level; always beside a mark. */
export function LevelWord({ of, short = false }: { of: number; short?: boolean }) {
  const l = level(of);
  return <span class={`word-${INK[l]}`}>{(short ? w().levelShort : w().level)[l]}</span>;
}

export function StateIcon({ of, size = 'd' }: { of: StateMark; size?: Size }) {
  const Shape = STATES[of] ?? STATES.not_judged;
  return <svg class={`st st-${size}`} viewBox="0 0 20 20" aria-hidden="true"><Shape /></svg>;
}

export const stateWord = (of: StateMark): string => (of === 'hint' || of === 'due' ? w().machine[of] : w().word[of]);

export function Mark({ of, children }: { of: StateMark; children?: ComponentChildren }) {
  return <span class="mark"><StateIcon of={of} />{children ?? stateWord(of)}</span>;
}

export const Sim = ({ on = true }: { on?: boolean | undefined }) => (on ? <span class="sim">{w().frame.simulated}</span> : null);
export const Tag = ({ children }: { children: ComponentChildren }) => <span class="tag tag-check">{children}</span>;

export const Brand = ({ size = 28 }: { size?: number }) => (
  <svg class="brand-mark" width={size} height={size} viewBox="0 0 28 28" aria-hidden="true"><g fill="none" stroke="currentColor" stroke-width="2.4"><path d="M5.2 1V11.3M5.2 16.7V27M14 1V2.5M14 7.9V20.1M14 25.5V27M22.8 1V11.3M22.8 16.7V27M1 5.2H2.5M7.9 5.2H20.1M25.5 5.2H27M1 14H11.3M16.7 14H27M1 22.8H2.5M7.9 22.8H20.1M25.5 22.8H27" /></g></svg>
);

/** 依据第三十八条, as a link; nothing when a page serves no article (`system`). */
export function Basis({ article }: { article: string | null | undefined }) {
  if (!article || !/^\d+$/.test(article)) return null;
  return <a class="basis" href={`/law/${article}`}>{w().article.basis(lawNumber(Number(article)))}</a>;
}
