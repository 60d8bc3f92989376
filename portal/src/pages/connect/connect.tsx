import { useEffect, useMemo, useState } from 'preact/hooks';
import { Refusal, command, part, reason } from '../../api/client';
import { useResource } from '../../api/resource';
import type { Connect, ConnectStatus, Registered, Thing } from '../../api/shapes';
import { serverNow } from '../../clock';
import { Copy, Faults, Field, Loaded, type Fault } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { Mark } from '../../parts/marks';
import { ms, when } from '../../time';
import { useTitle } from '../../title';
import { t, w } from '../../words';
import { commandFor } from './commands';
import './connect.css';

/** A device comes to the city in three steps, each with a sign of life. */
export default function ConnectPage() {
  const c = w().connect;
  useTitle(c.title);
  const connect = useResource<Connect>('/connect');
  return (
    <Page staff>
      <div class="wrap">
        <header class="head"><h1>{c.title}</h1><p>{c.lead}</p></header>
        <Loaded from={connect}>{(data) => (data.things.length ? <Wizard at={data} /> : <p>{c.none}</p>)}</Loaded>
      </div>
    </Page>
  );
}

const NAMES: Record<string, string> = { hj212: 'HJ 212-2017 / TCP', mqtt: 'MQTT', http: 'HTTP' };

function Wizard({ at }: { at: Connect }) {
  const c = w().connect;
  const protocols = [...new Set(at.things.map((x) => x.protocol))];
  const [protocol, setProtocol] = useState(protocols[0] ?? '');
  const fit = at.things.filter((x) => x.protocol === protocol);
  const [model, setModel] = useState('');
  const [login, setLogin] = useState('');
  const [name, setName] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const [device, setDevice] = useState<Registered | null>(null);
  const chosen = fit.some((x) => x.id === model) ? model : fit[0]?.id ?? '';
  const fault = (field: string) => faults.find((f) => f.field === field)?.text;
  const register = async (e: Event) => {
    e.preventDefault();
    const found = [...(chosen ? [] : [{ field: 'model', text: c.needModel }]), ...(login.trim() ? [] : [{ field: 'login', text: c.needLogin }]), ...(name.trim() ? [] : [{ field: 'name', text: c.needName }])];
    setFaults(found);
    if (found.length) return;
    try { setDevice(await command<Registered>('gateway.register', { protocol, login: login.trim(), thing_model: chosen, name: name.trim() })); } catch (error) {
      const field = error instanceof Refusal ? error.problem.field ?? 'login' : 'login';
      setFaults([{ field: field === 'thing_model' ? 'model' : field, text: reason(error) }]);
    }
  };
  return (
    <div class="cn">
      <section aria-labelledby="s1">
        <p class="scr-n">{c.step(1)}</p><h2 id="s1">{c.one}</h2>
        {device ? <dl class="facts"><dt>{c.protocol}</dt><dd>{NAMES[protocol] ?? protocol}</dd><dt>{c.login}</dt><dd><code>{login}</code></dd><dt>{c.name}</dt><dd>{name}</dd></dl> : (
          <form class="form narrow" onSubmit={(e) => void register(e)} noValidate>
            <Faults of={faults} />
            <Field id="protocol" label={c.protocol}>{(a) => <select class="input" {...a} value={protocol} onChange={(e) => setProtocol(e.currentTarget.value)}>{protocols.map((p) => <option key={p} value={p}>{NAMES[p] ?? p}</option>)}</select>}</Field>
            <Field id="model" label={c.model} fault={fault('model')}>{(a) => <select class="input" {...a} value={chosen} onChange={(e) => setModel(e.currentTarget.value)}>{fit.map((x) => <option key={x.id} value={x.id}>{t(x.title)}</option>)}</select>}</Field>
            <Field id="login" label={c.login} hint={c.loginHint} fault={fault('login')}>{(a) => <input class="input mono" autocomplete="off" spellcheck={false} maxLength={64} {...a} value={login} onInput={(e) => setLogin(e.currentTarget.value)} />}</Field>
            <Field id="name" label={c.name} fault={fault('name')}>{(a) => <input class="input" autocomplete="off" maxLength={100} {...a} value={name} onInput={(e) => setName(e.currentTarget.value)} />}</Field>
            <p class="actions"><button class="btn btn-primary" type="submit">{c.register}</button></p>
          </form>
        )}
      </section>
      {device ? <><Send at={at} device={device} protocol={protocol} login={login.trim()} thing={fit.find((x) => x.id === chosen)} /><Arrived device={device.device} /></> : null}
    </div>
  );
}

function Send({ at, device, protocol, login, thing }: { at: Connect; device: Registered; protocol: string; login: string; thing: Thing | undefined }) {
  const c = w().connect;
  const text = useMemo(() => commandFor(protocol, at, device, device.login ?? login, serverNow(), thing), [device, protocol]);
  useEffect(() => document.getElementById('s2')?.focus(), []);
  return (
    <section aria-labelledby="s2">
      <p class="scr-n">{c.step(2)}</p><h2 id="s2" tabIndex={-1}>{c.two}</h2>
      <div class="slip-s"><p class="small ink-2">{c.password}</p><p class="pw"><code>{device.password}</code><Copy text={device.password}>{c.copy}</Copy></p><p class="small ink-2">{c.passwordHint}</p></div>
      <h3>{protocol === 'hj212' ? c.hj : protocol === 'mqtt' ? c.mqtt : c.http}</h3>
      <div class="cmd"><pre tabIndex={0}>{text}</pre><Copy text={text} /></div>
    </section>
  );
}

function Arrived({ device }: { device: string }) {
  const c = w().connect;
  const status = useResource<ConnectStatus>(`/connect/${part(device)}/status`, [`connect:${device}`, 'connect', 'devices', 'device', 'holds']);
  // The stream tells when something arrived; asking now and then covers a stream that is cut.
  useEffect(() => { const timer = setInterval(() => { if (!status.data?.first_message_at) void status.refetch(); }, 3000); return () => clearInterval(timer); }, [status.data?.first_message_at]);
  const first = status.data?.first_message_at;
  return (
    <section aria-labelledby="s3">
      <p class="scr-n">{c.step(3)}</p><h2 id="s3">{c.three}</h2>
      <div role="status">{first ? <p><Mark of="met"><b>{c.arrivedAt(when(ms(first), serverNow()))}</b></Mark></p> : status.data?.reason ? <p><Mark of="hint"><b>{c.reason}</b></Mark> {t(status.data.reason)}</p> : <p class="ink-2">{c.waiting}</p>}</div>
      {first ? <p class="actions mt-4"><a class="btn btn-primary" href={`/devices/${part(device)}`}>{c.open}</a></p> : null}
    </section>
  );
}
