import type { FrontAlarm } from '../../api/shapes';
import { Basis, LevelMark, Sim, Tag } from '../../parts/marks';
import { ms, span, when } from '../../time';
import { language, t, w } from '../../words';

/** One alarm in the order a resident asks: since when, who, what next, does it concern me. */
export function Alarm({ of, now }: { of: FrontAlarm; now: number }) {
  const f = w().front;
  const since = ms(of.since);
  return (
    <li>
      <LevelMark of={of.level} size="xl" />
      <h2>{t(of.place)}{language() === 'en' ? ': ' : '：'}{t(of.headline)} <Tag>{w().feedback.unaudited}</Tag></h2>
      <div class="reds-body">
        <dl class="facts">
          <dt>{f.since}</dt><dd><b>{w().time.from(when(since, now))}</b>{language() === 'en' ? ', ' : '，'}{w().time.lasted(span(now - since))}</dd>
          <dt>{f.acts}</dt><dd>{t(of.acts) || f.nobody}</dd>
          <dt>{f.next}</dt><dd>{t(of.next)}</dd>
          <dt>{f.means}</dt><dd>{t(of.means)}<Sim on={of.simulated} /></dd>
        </dl>
        <p class="tall"><Basis article={of.article} /></p>
      </div>
    </li>
  );
}

/** How many alarms of the other levels there are. */
export function ByLevel({ alarms }: { alarms: FrontAlarm[] }) {
  const f = w().front;
  const counts = [2, 3, 4].map((level) => ({ level, n: alarms.filter((a) => a.level === level).length })).filter((x) => x.n);
  if (!counts.length) return null;
  return (
    <>
      <span>{f.others}</span>
      {counts.map(({ level, n }) => <span key={level} class="mark"><LevelMark of={level} silent /><span><b>{n}</b>{f.ofLevel(n, w().levelShort[level] ?? '')}</span></span>)}
    </>
  );
}
