import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client';
import { useResource } from '../api/resource';
import type { Cell, Collection as View, Column } from '../api/shapes';
import { go, usePlace } from '../router';
import { ago, ms, when } from '../time';
import { t, w } from '../words';
import { figure } from './figure';
import { Empty, Loaded, complain } from './feedback';
import { Basis, Sim } from './marks';
import './collection.css';

/** A cell in the words of its column's format. Text comes from the server; numbers keep the decimals they came with. */
export function cellText(cell: Cell | undefined, format: Column['format'], now: number): string {
  if (cell == null || cell === '') return w().time.none;
  if (typeof cell === 'object') return t(cell);
  if (typeof cell === 'boolean') return cell ? '✓' : w().time.none;
  if (format === 'ago') return ago(typeof cell === 'number' ? cell : ms(cell), now);
  if (format === 'time') return when(typeof cell === 'number' ? cell : ms(cell), now);
  if (format === 'share' && typeof cell === 'number') return `${(cell * 100).toFixed(1)} %`;
  if (format === 'number' && typeof cell === 'number') return Number(figure(cell)).toLocaleString('en-US', { maximumFractionDigits: 20 });
  return String(cell);
}

/** Any list that the server declares: search, filters, sort and pages are asked of the server and stand in the address. */
export function Collection({ view, live, extra }: { view: string; live: string[]; extra?: ComponentChildren }) {
  const { path, query } = usePlace();
  const asked = new URLSearchParams([...query].filter(([k]) => k !== 'lang'));
  const text = asked.toString();
  const data = useResource<View>(`/views/${view}${text ? `?${text}` : ''}`, live);
  const [search, setSearch] = useState(query.get('search') ?? '');
  const set = (changes: Record<string, string>) => {
    const next = new URLSearchParams(asked);
    for (const [k, v] of Object.entries(changes)) { if (v) next.set(k, v); else next.delete(k); }
    const q = next.toString();
    go(`${path}${q ? `?${q}` : ''}`, 'replace');
  };
  return <Loaded from={data} lines={10}>{(v) => <Drawn of={v} asked={asked} search={search} setSearch={setSearch} set={set} view={view} text={text} extra={extra} />}</Loaded>;
}

function Drawn({ of, asked, search, setSearch, set, view, text, extra }: {
  of: View; asked: URLSearchParams; search: string; setSearch: (s: string) => void; set: (c: Record<string, string>) => void; view: string; text: string; extra: ComponentChildren;
}) {
  const v = w().views;
  const now = ms(of.now);
  const [more, setMore] = useState<{ rows: View['rows']; cursor: string | null | undefined } | null>(null);
  useEffect(() => setMore(null), [text]);
  const rows = [...of.rows, ...(more?.rows ?? [])];
  const cursor = more ? more.cursor : of.next_cursor;
  const sort = asked.get('sort') ?? '';
  const filtered = [...asked.keys()].some((k) => k === 'search' || k.startsWith('facet.'));
  const next = async () => {
    try {
      const page = await get<View>(`/views/${view}?${text}${text ? '&' : ''}cursor=${encodeURIComponent(cursor ?? '')}`);
      setMore({ rows: [...(more?.rows ?? []), ...page.rows], cursor: page.next_cursor });
    } catch (error) { complain(v.more, error); }
  };
  const numeric = (c: Column) => c.format === 'number' || c.format === 'share';
  return (
    <>
      <header class="head"><h1>{t(of.words.title)}</h1><p><Basis article={of.article} /> <Sim /></p><div class="actions">{extra}{of.export.includes('csv') ? <a class="btn" href={`/api/views/${view}?${text}${text ? '&' : ''}format=csv`} download={`${view}.csv`}>{v.exportCsv}</a> : null}</div></header>
      <div class="col">
        <form class="col-f" role="search" onSubmit={(e) => { e.preventDefault(); set({ search: search.trim() }); }}>
          <div class="field"><label for="col-q">{v.search}</label><div class="col-s"><input class="input" id="col-q" type="search" placeholder={v.searchHint} value={search} onInput={(e) => setSearch(e.currentTarget.value)} /><button class="btn" type="submit">{v.search}</button></div></div>
          {of.facets.map((f) => (
            <fieldset key={f.attr}><legend>{t(f.title)}</legend>
              <ul>
                <li><label class="check"><input type="radio" name={f.attr} checked={!asked.get(`facet.${f.attr}`)} onChange={() => set({ [`facet.${f.attr}`]: '' })} /><span>{v.all}</span></label></li>
                {f.values.map((x) => <li key={x.value}><label class="check"><input type="radio" name={f.attr} checked={asked.get(`facet.${f.attr}`) === x.value} onChange={() => set({ [`facet.${f.attr}`]: x.value })} /><span>{t(x.title)} <span class="ink-2">{x.count.toLocaleString('en-US')}</span></span></label></li>)}
              </ul>
            </fieldset>
          ))}
        </form>
        <div class="col-t">
          <p class="ink-2" role="status">{rows.length < of.total ? v.shown(rows.length, of.total) : v.total(of.total)}</p>
          {rows.length ? (
            <div class="scroll-x" tabIndex={0} role="region" aria-label={t(of.words.title)}>
              <table class="table stack">
                <thead><tr>{of.columns.map((c) => <th key={c.attr} scope="col" class={numeric(c) ? 'num' : ''} aria-sort={sort === c.attr ? 'ascending' : sort === `-${c.attr}` ? 'descending' : 'none'}><button class="sort" type="button" onClick={() => set({ sort: sort === c.attr ? `-${c.attr}` : c.attr })}>{t(c.title)}{c.unit ? ` (${c.unit})` : ''}<span aria-hidden="true">{sort === c.attr ? ' ↑' : sort === `-${c.attr}` ? ' ↓' : ''}</span></button></th>)}</tr></thead>
                <tbody>{rows.map((r) => <tr key={r.id}>{of.columns.map((c, i) => (i === 0 ? <th key={c.attr} scope="row">{r.link ? <a href={r.link}>{cellText(r.cells[c.attr], c.format, now)}</a> : cellText(r.cells[c.attr], c.format, now)}</th> : <td key={c.attr} data-l={t(c.title)} class={numeric(c) ? 'num' : ''}>{cellText(r.cells[c.attr], c.format, now)}</td>))}</tr>)}</tbody>
              </table>
            </div>
          ) : filtered ? <Empty title={v.noMatch}><p>{v.noMatchText}</p><p class="actions"><button class="btn" type="button" onClick={() => { setSearch(''); set(Object.fromEntries([...asked.keys()].map((k) => [k, '']))); }}>{v.clear}</button></p></Empty> : <Empty title={t(of.words.empty)} />}
          {cursor ? <p class="mt-4"><button class="btn" type="button" onClick={() => void next()}>{v.more}</button></p> : null}
        </div>
      </div>
    </>
  );
}
