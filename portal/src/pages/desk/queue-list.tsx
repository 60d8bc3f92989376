import { useEffect } from 'preact/hooks';
import { LevelMark } from '../../parts/marks';
import { counter, ms } from '../../time';
import { t, w } from '../../words';
import type { Place, Row } from './queue';

/** The queue as a list box: focus stays on the list, the chosen row is its active descendant. */
export function QueueList({ rows, cursor, open, marks, now, onOpen }: {
  rows: Row[]; cursor: string | null; open: string | null; marks: Map<string, Place>; now: number; onOpen: (id: string) => void;
}) {
  const d = w().desk;
  useEffect(() => { if (cursor) document.getElementById(`q-${cursor}`)?.scrollIntoView({ block: 'nearest' }); }, [cursor]);
  return (
    <ol class="q-list" id="queue" role="listbox" aria-label={d.queueLabel} tabIndex={0} {...(cursor ? { 'aria-activedescendant': `q-${cursor}` } : {})}>
      {rows.map(({ item, gone }) => {
        const place = marks.get(item.id);
        const late = item.deadline && ms(item.deadline) < now;
        const state = gone ? d.gone : item.acknowledged || item.state !== 'received' ? (item.state === 'received' ? d.ack : t(item.state_title)) : d.unack;
        return (
          <li
            key={item.id} id={`q-${item.id}`} role="option" aria-selected={item.id === open} data-id={item.id}
            class={`qr${place ? ` g g-${place}` : ''}${item.id === cursor ? ' cursor' : ''}${gone ? ' gone' : ''}`}
            onClick={() => onOpen(item.id)}
          >
            <LevelMark of={item.level} size="l" />
            <span class="qr-what">{t(item.headline)}</span><span class="qr-age">{counter(now - ms(item.since))}</span>
            <span class="qr-where"><b>{state}</b>{late ? <> · <b class="word-red">{d.lateWord}</b></> : null}{place && item.id !== open ? ` · ${d.canMerge}` : ''} · {t(item.place)}</span>
            <span class="qr-fold">{item.signals > 1 ? d.folded(item.signals) : ''}</span>
          </li>
        );
      })}
    </ol>
  );
}
