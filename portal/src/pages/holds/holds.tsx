import { useState } from 'preact/hooks';
import { command } from '../../api/client';
import { useResource } from '../../api/resource';
import type { Connect, Held, Holds } from '../../api/shapes';
import { Empty, Faults, Field, Loaded, complain, say, type Fault } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { Sim } from '../../parts/marks';
import { ms, when } from '../../time';
import { useTitle } from '../../title';
import { t, w } from '../../words';

/** Devices that connected without being known. Nothing of theirs is thrown away; a person decides. */
export default function HoldsPage() {
  const h = w().holds;
  useTitle(h.title);
  const holds = useResource<Holds>('/holds', ['holds', 'devices']);
  const connect = useResource<Connect>(holds.data && !holds.data.things ? '/connect' : null);
  const things = holds.data?.things ?? connect.data?.things ?? [];
  return (
    <Page staff>
      <div class="wrap">
        <header class="head"><h1>{h.title}</h1><p>{h.lead} <Sim /></p></header>
        <Loaded from={holds}>
          {(data) => (data.held.length ? (
            <table class="table stack">
              <thead><tr><th scope="col">{h.device}</th><th scope="col">{h.protocol}</th><th scope="col">{h.why}</th><th scope="col">{h.seen}</th><th scope="col" class="num">{h.times}</th><th scope="col">{h.remote}</th><th scope="col"><span class="vh">{h.approve}</span></th></tr></thead>
              <tbody>{data.held.map((held) => <Row key={held.id} of={held} now={ms(data.now)} things={things} done={holds.refetch} />)}</tbody>
            </table>
          ) : <Empty title={h.empty}><p>{h.emptyText}</p><p class="actions"><a class="btn" href="/connect">{w().views.connect}</a></p></Empty>)}
        </Loaded>
      </div>
    </Page>
  );
}

function Row({ of, now, things, done }: { of: Held; now: number; things: Connect['things']; done: () => Promise<void> }) {
  const h = w().holds;
  const [open, setOpen] = useState(false);
  const [model, setModel] = useState('');
  const [name, setName] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const fit = things.filter((x) => x.protocol === of.protocol);
  const approve = async (e: Event) => {
    e.preventDefault();
    const found = [...(model || !fit.length ? [] : [{ field: `m-${of.id}`, text: h.needModel }]), ...(name.trim() ? [] : [{ field: `n-${of.id}`, text: h.needName }])];
    setFaults(found);
    if (found.length) return;
    try { await command('gateway.approve', { held: of.id, thing_model: model, name: name.trim() }); say(h.approved); } catch (error) { complain(h.approve, error); }
    await done();
  };
  return (
    <>
      <tr><th scope="row"><code>{of.login}</code></th><td data-l={h.protocol}>{of.protocol}</td><td data-l={h.why}>{t(of.reason)}</td><td data-l={h.seen}>{when(ms(of.first_seen), now)}<br />{when(ms(of.last_seen), now)}</td><td class="num" data-l={h.times}>{of.count.toLocaleString('en-US')}</td><td data-l={h.remote}>{of.remote}</td><td class="num"><button class="btn" type="button" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? w().feedback.close : h.approve}</button></td></tr>
      {open ? (
        <tr><td colSpan={7}>
          <p class="small ink-2">{h.sample}</p><p class="mono" style={{ overflowWrap: 'anywhere' }}>{of.sample}</p>
          <form class="form narrow mt-4" onSubmit={(e) => void approve(e)}>
            <Faults of={faults} />
            <Field id={`m-${of.id}`} label={h.model} fault={faults.find((f) => f.field === `m-${of.id}`)?.text}>{(a) => <select class="input" {...a} value={model} onChange={(e) => setModel(e.currentTarget.value)}><option value="">{w().time.none}</option>{fit.map((x) => <option key={x.id} value={x.id}>{t(x.title)}</option>)}</select>}</Field>
            <Field id={`n-${of.id}`} label={h.name} fault={faults.find((f) => f.field === `n-${of.id}`)?.text}>{(a) => <input class="input" {...a} value={name} maxLength={100} onInput={(e) => setName(e.currentTarget.value)} />}</Field>
            <p class="actions"><button class="btn btn-primary" type="submit">{h.approve}</button></p>
          </form>
        </td></tr>
      ) : null}
    </>
  );
}
