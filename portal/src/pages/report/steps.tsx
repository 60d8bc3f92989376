import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Area, Choice, CityMap as City } from '../../api/shapes';
import { CityMap, hasShape } from '../../parts/city-map';
import { Field, type Fault } from '../../parts/feedback';
import { nearest } from '../../parts/geo';
import { t, w } from '../../words';
import { photoFault, type Draft } from './draft';

export interface StepProps { draft: Draft; change: (c: Partial<Draft>) => void; faults: Fault[]; areas: Area[]; matters: Choice[]; head: ComponentChildren; actions: ComponentChildren }

const fault = (faults: Fault[], field: string) => faults.find((f) => f.field === field)?.text;
export const areaLabel = (area: Area, areas: Area[]): string => { const parent = areas.find((a) => a.id === area.parent); return parent ? `${t(parent.name)} ${t(area.name)}` : t(area.name); };
export const placeName = (draft: Draft, areas: Area[]): string => { const area = areas.find((a) => a.id === draft.place); return area ? areaLabel(area, areas) : ''; };

export function What({ draft, change, faults, matters, head, actions }: StepProps) {
  const r = w().report;
  const [wrong, setWrong] = useState('');
  const url = useMemo(() => (draft.photo ? URL.createObjectURL(draft.photo) : null), [draft.photo]);
  useEffect(() => () => { if (url) URL.revokeObjectURL(url); }, [url]);
  const choose = (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    const bad = photoFault(file);
    setWrong(bad === 'kind' ? r.errPhotoKind : bad === 'size' ? r.errPhotoSize((file.size / 1048576).toFixed(1)) : '');
    if (!bad) change({ photo: file });
  };
  return (
    <div class="scr-2">
      <div class="col-a">
        {head}
        <Field id="words" label={r.words} hint={r.wordsHint} fault={fault(faults, 'words')}>{(a) => <textarea class="input" {...a} rows={4} value={draft.words} onInput={(e) => change({ words: e.currentTarget.value })} />}</Field>
        {matters.length ? <div class="mt-4"><Field id="matter" label={r.matter}>{(a) => <select class="input" {...a} value={draft.matter} onChange={(e) => change({ matter: e.currentTarget.value })}><option value="">{r.matterNone}</option>{matters.map((m) => <option key={m.id} value={m.id}>{t(m.title)}</option>)}</select>}</Field></div> : null}
      </div>
      <div class="col-b">
        <div class="field"><span class="label" id="photo-l">{r.photo}</span><span class="hint" id="photo-h">{r.photoHint}</span></div>
        <div class="shots mt-2">
          {url ? <figure class="shot"><img src={url} alt={r.photoAlt} /><figcaption><span>{r.onePhoto}</span><button class="btn btn-quiet" type="button" onClick={() => change({ photo: null })}>{r.takeOff}</button></figcaption></figure>
            : <div class="add"><span>{r.addPhoto}</span><input type="file" accept="image/jpeg,image/png,image/webp" aria-label={r.addPhoto} aria-describedby="photo-h" onChange={(e) => choose(e.currentTarget)} /></div>}
        </div>
        {wrong ? <p class="word-red small" role="alert">{wrong}</p> : null}
      </div>
      {actions}
    </div>
  );
}

const MOST = 8;
type Asking = 'idle' | 'asking' | 'got' | 'refused';

export function Where({ draft, change, faults, areas, head, actions, city }: StepProps & { city: City | null }) {
  const r = w().report;
  const [find, setFind] = useState('');
  const [asking, setAsking] = useState<Asking>('idle');
  const leaves = useMemo(() => { const parents = new Set(areas.map((a) => a.parent)); return areas.filter((a) => !parents.has(a.id)); }, [areas]);
  const q = find.trim().toLowerCase();
  const hits = leaves.filter((a) => !q || [a.name.zh, a.name.en, areaLabel(a, areas)].some((x) => x.toLowerCase().includes(q)));
  const chosen = areas.find((a) => a.id === draft.place);
  const list = [...(chosen && !hits.slice(0, MOST).includes(chosen) ? [chosen] : []), ...hits.slice(0, MOST)];
  const here = (lon: number, lat: number) => { const area = nearest(leaves, lon, lat); change({ lon, lat, place: area?.id ?? draft.place }); };
  const ask = () => {
    if (!navigator.geolocation) { setAsking('refused'); return; }
    setAsking('asking');
    navigator.geolocation.getCurrentPosition((p) => { here(p.coords.longitude, p.coords.latitude); setAsking('got'); }, () => setAsking('refused'), { timeout: 10_000, maximumAge: 60_000 });
  };
  const pin = draft.lon != null && draft.lat != null ? { lon: draft.lon, lat: draft.lat } : chosen ? { lon: chosen.lon, lat: chosen.lat } : null;
  return (
    <div class="scr-2">
      <div class="col-a">
        {head}
        {asking === 'refused' ? <div class="note" role="status"><b>{r.refused}</b>{r.refusedText} <button class="linkish" type="button" onClick={ask}>{r.again}</button></div>
          : <p class="where-ask" role="status">{asking === 'got' ? r.gotPosition : <button class="btn" type="button" aria-disabled={asking === 'asking'} onClick={ask}>{asking === 'asking' ? r.asking : r.usePosition}</button>}</p>}
        <div class="form">
          <Field id="find" label={r.findPlace} fault={fault(faults, 'find')}>{(a) => <input class="input" type="search" autocomplete="off" {...a} value={find} onInput={(e) => setFind(e.currentTarget.value)} />}</Field>
          <fieldset>
            <legend class="vh">{r.placeList}</legend>
            {list.length ? (
              <ul class="places">
                {list.map((area) => <li key={area.id} class={area.id === draft.place ? 'on' : ''}><label><input type="radio" name="place" checked={area.id === draft.place} onChange={() => change({ place: area.id, lon: null, lat: null })} /><span>{areaLabel(area, areas)}</span></label></li>)}
              </ul>
            ) : areas.length ? <p class="ink-2" role="status">{r.noPlace(find.trim())}</p> : null}
            {hits.length > MOST ? <p class="ink-2 small">{w().views.shown(MOST, hits.length)}</p> : null}
          </fieldset>
          <Field id="near" label={r.near}>{(a) => <input class="input" maxLength={200} {...a} value={draft.near} onInput={(e) => change({ near: e.currentTarget.value })} />}</Field>
        </div>
      </div>
      <div class="col-b">{city && hasShape(city) ? <CityMap city={city} marks={[]} pin={pin} onPick={here} simulated={false} title={chosen ? r.chosen(t(chosen.name)) : r.mapClick} note={chosen ? `${r.mapClick} ${r.chosen(t(chosen.name))}` : r.mapClick} /> : null}</div>
      {actions}
    </div>
  );
}

export function Who({ draft, change, faults, head, actions }: StepProps) {
  const r = w().report;
  return (
    <>
      {head}
      <div class="form narrow">
        <Field id="phone" label={r.phone} hint={r.phoneHint} fault={fault(faults, 'phone')}>{(a) => <input class="input" type="tel" inputMode="tel" autocomplete="tel" {...a} value={draft.phone} onInput={(e) => change({ phone: e.currentTarget.value })} />}</Field>
      </div>
      {actions}
    </>
  );
}
