import type { Desk, QueueItem } from '../../api/shapes';
import { LevelMark } from '../../parts/marks';
import { clockSeconds, clockTime, ms } from '../../time';
import { t, w } from '../../words';

const BEFORE = 25 * 60_000;
const AFTER = 15 * 60_000;
const TICK = 5 * 60_000;
/** Labels nearer than this share of the width would cover each other; the words then stand for screen readers only. */
const ROOM = 0.105;

interface Spot { at: number; text: string; level?: number; id: string }

/** Which of the spots may carry their words: the ones with room to their right. */
export function withRoom(spots: Spot[], from: number, to: number): Set<Spot> {
  const sorted = [...spots].sort((a, b) => a.at - b.at);
  return new Set(sorted.filter((s, i) => {
    const x = (s.at - from) / (to - from);
    const next = sorted[i + 1];
    return x < 1 - ROOM && (!next || (next.at - s.at) / (to - from) > ROOM);
  }));
}

export function Timeline({ desk, rows, open, now }: { desk: Desk; rows: QueueItem[]; open: string | null; now: number }) {
  const d = w().desk;
  const from = now - BEFORE;
  const to = now + AFTER;
  const inside = (at: number) => at >= from && at <= to;
  const left = (at: number) => `${(((at - from) / (to - from)) * 100).toFixed(2)}%`;
  const signals = rows.map((r) => ({ at: ms(r.since), text: t(r.headline), level: r.level, id: r.id })).filter((s) => inside(s.at));
  const work = desk.timeline.map((e, i) => ({ at: ms(e.at), text: t(e.text), id: `${i}` })).filter((s) => inside(s.at));
  const dues = rows.filter((r) => r.deadline).map((r) => ({ at: ms(r.deadline), text: `${clockTime(ms(r.deadline))} ${t(r.headline)}`, id: r.id })).filter((s) => inside(s.at));
  const ticks: number[] = [];
  for (let at = Math.ceil(from / TICK) * TICK; at <= to; at += TICK) ticks.push(at);
  const lane = (name: string, kind: string, spots: Spot[]) => {
    const room = withRoom(spots, from, to);
    return <ol class={`lane lane-${kind}`} aria-label={name}>{spots.map((s) => <li key={`${s.id}-${s.at}`} class={s.id === open ? 'sel' : ''} style={{ left: left(s.at) }}>{s.level ? <LevelMark of={s.level} size="m" /> : <i aria-hidden="true" />}<span class={room.has(s) ? '' : 'vh'}>{s.text}</span></li>)}</ol>;
  };
  return (
    <section class="tl" aria-labelledby="tl-h">
      <h2 class="vh" id="tl-h">{d.timeline(clockTime(from), clockTime(to))}</h2>
      <div class="tl-names" aria-hidden="true"><span /><span>{d.laneSignal}</span><span>{d.laneWork}</span><span>{d.laneDue}</span></div>
      <div class="tl-plot">
        <div class="tl-axis" aria-hidden="true">{ticks.map((at) => <span key={at} style={{ left: left(at) }}>{clockTime(at)}</span>)}</div>
        {lane(d.laneSignal, 's', signals)}
        {lane(d.laneWork, 'w', work)}
        {lane(d.laneDue, 'd', dues)}
        <span class="tl-now" style={{ left: left(now) }}><span>{d.nowAt(clockSeconds(now))}</span></span>
      </div>
    </section>
  );
}
