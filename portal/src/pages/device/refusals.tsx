import { useState } from 'preact/hooks';
import type { Refused } from '../../api/shapes';
import { ms, when } from '../../time';
import { t, w } from '../../words';
import { bytesOf } from './bytes';
import { Dump } from './frame-view';

/** Frames that were not accepted: the reason in words first, then the bytes. */
export function Refusals({ of, now }: { of: Refused[]; now: number }) {
  const d = w().device;
  const [open, setOpen] = useState<number | null>(null);
  return (
    <section class="dv-sec" aria-labelledby="ref-h">
      <div class="dv-h2"><h2 id="ref-h">{d.refusedH}</h2><p>{of.length ? `${d.refusedText(of.length)} · ${d.refusedNote}` : ''}</p></div>
      {of.length ? (
        <table class="table stack refs">
          <thead><tr><th scope="col">{d.receivedAt}</th><th scope="col">{d.why}</th><th scope="col" class="num">{d.bytes}</th><th scope="col"><span class="vh">{d.seeRaw}</span></th></tr></thead>
          <tbody>
            {of.map((r, i) => (
              <>
                <tr key={r.at + i}><th scope="row" class="nw">{when(ms(r.at), now)}</th><td data-l={d.why}><b>{t(r.reason)}</b></td><td class="num" data-l={d.bytes}>{bytesOf(r.bytes_hex).length}</td><td class="num"><button class="btn" type="button" aria-expanded={open === i} onClick={() => setOpen(open === i ? null : i)}>{open === i ? d.close : d.seeRaw}</button></td></tr>
                {open === i ? <tr key={`${r.at}-o`}><td colSpan={4}><p class="mono raw-text">{r.text}</p><div class="scroll-x frame" tabIndex={0} role="region" aria-label={d.seeRaw}><Dump hex={r.bytes_hex} /></div></td></tr> : null}
              </>
            ))}
          </tbody>
        </table>
      ) : <p class="ink-2">{d.refusedNone}</p>}
    </section>
  );
}
