import type { QueueItem } from '../../api/shapes';

/** A row keeps its place until the officer asks for the new ones. `gone`: it has left the queue by somebody else's hand. */
export interface Row { item: QueueItem; gone: boolean }
export interface Queue { rows: Row[]; waiting: QueueItem[] }

export const EMPTY: Queue = { rows: [], waiting: [] };

const byUrgency = (a: QueueItem, b: QueueItem) => a.level - b.level || a.since.localeCompare(b.since);

/** By level, then by how long it waits; what may be merged with a row stands directly under it. */
export function order(items: QueueItem[]): QueueItem[] {
  const sorted = [...items].sort(byUrgency);
  const left = new Map(sorted.map((i) => [i.id, i]));
  const out: QueueItem[] = [];
  for (const item of sorted) {
    if (!left.delete(item.id)) continue;
    out.push(item);
    const mates = item.candidates.map((id) => left.get(id)).filter((x) => x !== undefined).sort(byUrgency);
    for (const mate of mates) { left.delete(mate.id); out.push(mate); }
  }
  return out;
}

export const start = (items: QueueItem[]): Queue => ({ rows: order(items).map((item) => ({ item, gone: false })), waiting: [] });

/** News from the stream: known rows change in place, new ones wait, lost ones stay and say so. */
export function refresh(queue: Queue, items: QueueItem[]): Queue {
  const fresh = new Map(items.map((i) => [i.id, i]));
  const known = new Set(queue.rows.map((r) => r.item.id));
  return {
    rows: queue.rows.map((row) => { const next = fresh.get(row.item.id); return next ? { item: next, gone: false } : { item: row.item, gone: true }; }),
    waiting: items.filter((i) => !known.has(i.id)),
  };
}

/** After the officer's own command: what left by that command leaves the list, nothing else moves. */
export function settle(queue: Queue, items: QueueItem[]): Queue {
  const next = refresh(queue, items);
  return { rows: next.rows.filter((r) => !r.gone), waiting: next.waiting };
}

/** The officer asked: the waiting rows come in and everything takes its order again. */
export const showNew = (queue: Queue): Queue => start([...queue.rows.filter((r) => !r.gone).map((r) => r.item), ...queue.waiting]);

/** The id `step` rows on, held at both ends; the first row when nothing is chosen yet. */
export function move(ids: string[], current: string | null, step: number): string | null {
  if (!ids.length) return null;
  const at = current == null ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0] ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))] ?? null;
}

const TODO = new Set(['received', 'filed', 'returned']);
/** Whether the case waits for the desk, and not for a department or a checker. */
export const waitsForDesk = (item: QueueItem): boolean => TODO.has(item.state);

export type Place = 'first' | 'middle' | 'last';
/** The bracket in the margin: the open row and those that may be merged with it, as far as they stand together. */
export function bracket(ids: string[], open: string | null, mates: string[]): Map<string, Place> {
  const set = new Set([...(open ? [open] : []), ...mates]);
  const marked = open && mates.length ? ids.filter((id) => set.has(id)) : [];
  const out = new Map<string, Place>();
  if (marked.length < 2) return out;
  marked.forEach((id, i) => out.set(id, i === 0 ? 'first' : i === marked.length - 1 ? 'last' : 'middle'));
  return out;
}
