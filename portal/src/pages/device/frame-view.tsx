import { useState } from 'preact/hooks';
import { part } from '../../api/client';
import { useResource } from '../../api/resource';
import type { Frame } from '../../api/shapes';
import { Loaded } from '../../parts/feedback';
import { clockSeconds, ms } from '../../time';
import { t, w } from '../../words';
import { bytesOf, dump, locate } from './bytes';

/** The raw frame beside what was read from it; a row of the table marks its bytes. */
export function FrameView({ device, seq }: { device: string; seq: number }) {
  const d = w().device;
  const frame = useResource<Frame>(`/devices/${part(device)}/frames/${seq}`);
  return (
    <section class="dv-sec" aria-labelledby="f-h">
      <div class="dv-h2"><h2 id="f-h">{d.frame}</h2>{frame.data ? <p>{d.frameAt(clockSeconds(ms(frame.data.received_at)))} · {frame.data.protocol} · {Object.entries(frame.data.checks).map(([k, v]) => `${k.toUpperCase()} ${v === 'ok' ? d.checkOk : v}`).join(' · ')}</p> : null}</div>
      <Loaded from={frame}>{(f) => <Both of={f} />}</Loaded>
    </section>
  );
}

function Both({ of }: { of: Frame }) {
  const d = w().device;
  const [hit, setHit] = useState<number | null>(null);
  const bytes = bytesOf(of.bytes_hex);
  const field = hit == null ? null : of.fields[hit];
  return (
    <div class="frame">
      <figure class="frame-raw">
        <figcaption>{d.raw(bytes.length)}</figcaption>
        <div class="scroll-x" tabIndex={0} role="region" aria-label={d.raw(bytes.length)}><Dump hex={of.bytes_hex} hit={field ? locate(bytes, field.name, field.value) : null} /></div>
      </figure>
      <table class="table frame-par">
        <caption>{d.parsed}</caption>
        <thead><tr><th scope="col">{d.field}</th><th scope="col">{d.meaning}</th><th scope="col">{d.value}</th></tr></thead>
        <tbody>{of.fields.map((f, i) => <tr key={f.name + i} tabIndex={0} class={hit === i ? 'hit' : ''} onMouseEnter={() => setHit(i)} onFocus={() => setHit(i)}><th scope="row"><code>{f.name}</code></th><td>{t(f.meaning)}</td><td>{f.value}</td></tr>)}</tbody>
      </table>
    </div>
  );
}

export function Dump({ hex, hit = null }: { hex: string; hit?: [number, number] | null }) {
  return (
    <pre>
      {dump(bytesOf(hex), hit).map((line) => (
        <div key={line.offset}><b>{line.offset}</b>{'  '}{line.hex.map((b, i) => <span key={i} class={b.hit ? 'hit' : ''}>{b.text}{i < line.hex.length - 1 ? ' ' : ''}</span>)}{'   '.repeat(16 - line.hex.length)}{'  '}{line.text.map((b, i) => <span key={i} class={b.hit ? 'hit' : ''}>{b.text}</span>)}</div>
      ))}
    </pre>
  );
}
