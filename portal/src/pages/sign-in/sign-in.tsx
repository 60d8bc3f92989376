import { useEffect, useState } from 'preact/hooks';
import { post, reason } from '../../api/client';
import type { Me } from '../../api/shapes';
import { Failure, Faults, Field, type Fault } from '../../parts/feedback';
import { Page } from '../../parts/frame';
import { go, isOurs, usePlace } from '../../router';
import { setMe } from '../../session';
import { useTitle } from '../../title';
import { w } from '../../words';

export default function SignInPage() {
  const s = w().signIn;
  useTitle(s.title);
  const { query } = usePlace();
  const [person, setPerson] = useState('');
  const [password, setPassword] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const next = query.get('next');
  useEffect(() => setProblem(null), [person, password]);
  const submit = async (e: Event) => {
    e.preventDefault();
    const found = [...(person.trim() ? [] : [{ field: 'person', text: s.needPerson }]), ...(password ? [] : [{ field: 'password', text: s.needPassword }])];
    setFaults(found);
    if (found.length) return;
    try {
      const me = await post<Me>('/session', { person: person.trim(), password });
      setMe(me);
      go(next?.startsWith('/') && !next.startsWith('//') && isOurs(next, location.origin) ? next : me.home);
    } catch (error) {
      setPassword('');
      setProblem(reason(error));
    }
  };
  return (
    <Page>
      <div class="wrap">
        <header class="head"><h1>{s.title}</h1><p>{s.lead}</p></header>
        <form class="form narrow" onSubmit={(e) => void submit(e)} noValidate>
          {problem ? <Failure title={s.wrong} text={problem} /> : null}
          <Faults of={faults} />
          {next ? <p class="ink-2">{s.next}</p> : null}
          <Field id="person" label={s.person} fault={faults.find((f) => f.field === 'person')?.text}>{(a) => <input class="input" autocomplete="username" autocapitalize="none" spellcheck={false} {...a} value={person} onInput={(e) => setPerson(e.currentTarget.value)} />}</Field>
          <Field id="password" label={s.password} fault={faults.find((f) => f.field === 'password')?.text}>{(a) => <input class="input" type="password" autocomplete="current-password" {...a} value={password} onInput={(e) => setPassword(e.currentTarget.value)} />}</Field>
          <p class="actions"><button class="btn btn-primary" type="submit">{s.go}</button></p>
          <p class="ink-2 small">{s.link}</p>
        </form>
      </div>
    </Page>
  );
}
