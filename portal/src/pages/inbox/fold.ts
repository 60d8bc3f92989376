import type { InboxTask } from '../../api/shapes';

/** A deadline nearer than this wears the clock. */
export const SOON_MS = 30 * 60_000;

const DONE = new Set(['replied', 'checked', 'closed', 'rated']);
/** Replied: nothing is left to do here but to wait for the checker. */
export const isDone = (task: InboxTask): boolean => DONE.has(task.state);

const first = (task: InboxTask) => task.deadline_step ?? task.deadline_whole ?? '9999';

/** The next deadline first; what has none comes last. */
export const byDeadline = (tasks: InboxTask[]): InboxTask[] => [...tasks].sort((a, b) => first(a).localeCompare(first(b)) || a.level - b.level || a.received_at.localeCompare(b.received_at));

export interface Fold { case: string; code: string; tasks: InboxTask[] }

/** Tasks of one case together, at the place of the most pressing of them. */
export function folds(tasks: InboxTask[]): Fold[] {
  const out = new Map<string, Fold>();
  for (const task of tasks) {
    const fold = out.get(task.case) ?? { case: task.case, code: task.code, tasks: [] };
    fold.tasks.push(task);
    out.set(task.case, fold);
  }
  return [...out.values()];
}
