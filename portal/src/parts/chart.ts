import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Series } from '../api/shapes';
import { clockTime } from '../time';
import { columns } from './chart-columns';

export interface ChartHandle { remove(): void }

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const HEIGHT = 264;

/** Draws one series with its limit and its gaps. A click gives the sequence of the nearest point. */
export function mountChart(box: HTMLElement, series: Series, words: { limit: string; gap: (ms: number) => string }, onPoint: (seq: number) => void): ChartHandle {
  const [x, y, over, seqs] = columns(series);
  const font = `13px ${getComputedStyle(document.body).fontFamily}`;
  // A point between two gaps has no line of its own.
  const alone = series.gaps.length * 4 > series.points.length;
  const top = Math.max(series.limit ?? 0, ...y.map((v) => v ?? 0));
  const draw = (u: uPlot) => {
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio || 1;
    ctx.save();
    ctx.font = font.replace('13px', `${13 * ratio}px`);
    for (const gap of series.gaps) {
      const from = Math.max(bbox.left, u.valToPos(Date.parse(gap.from) / 1000, 'x', true));
      const to = Math.min(bbox.left + bbox.width, gap.to ? u.valToPos(Date.parse(gap.to) / 1000, 'x', true) : Infinity);
      if (to <= from) continue;
      ctx.fillStyle = token('--sunk');
      ctx.strokeStyle = token('--ink-3');
      ctx.lineWidth = ratio;
      ctx.setLineDash([2 * ratio, 3 * ratio]);
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
      ctx.strokeRect(from, bbox.top, to - from, bbox.height);
      ctx.setLineDash([]);
      ctx.fillStyle = token('--ink-2');
      ctx.textAlign = 'center';
      const label = words.gap((gap.to ? Date.parse(gap.to) : (x[x.length - 1] ?? 0) * 1000) - Date.parse(gap.from));
      if (ctx.measureText(label).width < to - from + 24 * ratio) ctx.fillText(label, (from + to) / 2, bbox.top + 14 * ratio);
    }
    if (series.limit != null) {
      const at = u.valToPos(series.limit, 'y', true);
      ctx.strokeStyle = token('--ink');
      ctx.lineWidth = 1.5 * ratio;
      ctx.setLineDash([7 * ratio, 4 * ratio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, at);
      ctx.lineTo(bbox.left + bbox.width, at);
      ctx.stroke();
      ctx.fillStyle = token('--ink');
      ctx.textAlign = 'left';
      ctx.fillText(words.limit, bbox.left + 2 * ratio, at - 5 * ratio);
    }
    ctx.restore();
  };
  let plot: uPlot | null = null;
  const make = () => {
    plot?.destroy();
    const axis = { stroke: token('--ink-2'), font, grid: { stroke: token('--rule'), width: 1 }, ticks: { show: false } };
    plot = new uPlot({
      width: Math.max(240, box.clientWidth), height: HEIGHT, legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Asia/Shanghai'),
      cursor: { y: false, points: { size: 8 } },
      scales: { y: { range: [0, top > 0 ? top * 1.12 : 1] } },
      axes: [{ ...axis, grid: { show: false }, values: (_u, splits) => splits.map((s) => clockTime(s * 1000)) }, { ...axis, size: 56 }],
      series: [{}, { stroke: token('--accent'), width: 2, points: { show: alone, size: 4, stroke: token('--accent'), fill: token('--accent') } }, { stroke: token('--red-edge'), fill: token('--red-wash'), fillTo: series.limit ?? 0, width: 3.5, points: { show: false } }],
      hooks: { drawAxes: [draw] },
    }, [x, y, over], box);
    plot.over.addEventListener('click', () => { const i = plot?.cursor.idx; const seq = i == null ? 0 : seqs[i]; if (seq) onPoint(seq); });
  };
  make();
  const size = new ResizeObserver(() => { if (plot && Math.abs(plot.width - box.clientWidth) > 2) make(); });
  size.observe(box);
  const theme = new MutationObserver(make);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
  return { remove() { size.disconnect(); theme.disconnect(); plot?.destroy(); } };
}
