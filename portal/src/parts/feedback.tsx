import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refusal, reason } from '../api/client';
import type { Resource } from '../api/resource';
import { w } from '../words';
import { StateIcon } from './marks';

/** Why it is empty, what was last, what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return <div class="empty"><h2>{title}</h2>{children}</div>;
}

/** What did not happen, what is not lost, the way out. */
export function Failure({ title, text, children }: { title: string; text?: string; children?: ComponentChildren }) {
  return (
    <div class="error" role="alert">
      <h2><StateIcon of="not_met" />{title}</h2>
      {text ? <p>{text}</p> : null}
      {children ? <p class="actions">{children}</p> : null}
    </div>
  );
}

export function Skeleton({ lines = 5 }: { lines?: number }) {
  return <div class="skel" role="status" aria-label={w().feedback.loading}>{Array.from({ length: lines }, (_, i) => <i key={i} style={{ width: `${92 - ((i * 37) % 50)}%` }} />)}</div>;
}

/** The words for an error of a whole view. */
export function failureWords(error: Error): { title: string; text: string } {
  const f = w().feedback;
  if (error instanceof Refusal) {
    if (error.status === 404) return { title: f.notFound, text: f.notFoundText };
    if (error.status === 403) return { title: f.forbidden, text: f.forbiddenText };
    return { title: f.wrong, text: error.words };
  }
  return { title: f.wrong, text: f.wrongText };
}

/** Draws a view from its resource: nothing for a second, then a skeleton; an error keeps old data in sight. */
export function Loaded<R>({ from, children, lines }: { from: Resource<R>; children: (data: R) => ComponentChildren; lines?: number }) {
  const { data, error, slow, refetch } = from;
  const words = error ? failureWords(error) : null;
  return (
    <>
      {words ? <Failure title={words.title} text={words.text}><button class="btn" type="button" onClick={() => void refetch()}>{w().feedback.retry}</button></Failure> : null}
      {data ? children(data) : !error && slow ? <Skeleton {...(lines ? { lines } : {})} /> : null}
    </>
  );
}

export interface Fault { field: string; text: string }

/** The faults of a form, at its top, as links to their fields. */
export function Faults({ of }: { of: Fault[] }) {
  const box = useRef<HTMLDivElement>(null);
  const key = of.map((f) => f.field + f.text).join('|');
  useEffect(() => { if (key) box.current?.focus(); }, [key]);
  if (!of.length) return null;
  return (
    <div class="error faults" role="alert" tabIndex={-1} ref={box}>
      <h2><StateIcon of="not_met" />{w().feedback.problems}</h2>
      <ul>{of.map((f) => <li key={f.field}><a href={`#${f.field}`} onClick={(e) => { e.preventDefault(); document.getElementById(f.field)?.focus(); }}>{f.text}</a></li>)}</ul>
    </div>
  );
}

/** Label above, hint under it, the fault under the field. The child gets id, aria-describedby and aria-invalid to spread. */
export function Field({ id, label, hint, fault, children }: {
  id: string; label: ComponentChildren; hint?: string | undefined; fault?: string | undefined;
  children: (a: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: 'true' }) => ComponentChildren;
}) {
  const described = [hint ? `${id}-h` : '', fault ? `${id}-e` : ''].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? <span class="hint" id={`${id}-h`}>{hint}</span> : null}
      {children({ id, ...(described ? { 'aria-describedby': described } : {}), ...(fault ? { 'aria-invalid': 'true' as const } : {}) })}
      {fault ? <span class="err" id={`${id}-e`}><StateIcon of="not_met" />{fault}</span> : null}
    </div>
  );
}

interface ToastNow { id: number; text: string; undo?: () => void; problem?: boolean }
let toast: ToastNow | null = null;
let serial = 0;
let drawToast: (() => void) | null = null;
let toastTimer: ReturnType<typeof setTimeout> | undefined;

/** Says what was done for 10 s, with the way back where there is one. */
export function say(text: string, undo?: () => void, problem = false): void {
  clearTimeout(toastTimer);
  toast = { id: ++serial, text, problem, ...(undo ? { undo } : {}) };
  toastTimer = setTimeout(hush, 10_000);
  drawToast?.();
}
export function hush(): void { clearTimeout(toastTimer); toast = null; drawToast?.(); }
/** Takes the way back of the toast in sight; false when there is none. */
export function undoNow(): boolean {
  const undo = toast?.undo;
  if (!undo) return false;
  hush();
  undo();
  return true;
}

/** Says a refused command in words. */
export function complain(what: string, error: unknown): void {
  say(w().feedback.failed(what, reason(error)), undefined, true);
}

export function ToastPlace() {
  const [, again] = useState(0);
  useEffect(() => { drawToast = () => again((n) => n + 1); return () => { drawToast = null; }; }, []);
  return (
    <div class="toast-place" role="status" aria-live="polite">
      {toast ? (
        <div class="toast" key={toast.id}>
          {toast.problem ? <StateIcon of="not_met" /> : null}
          <span>{toast.text}</span>
          {toast.undo ? <button type="button" onClick={() => undoNow()}>{w().feedback.undo}</button> : null}
          <button type="button" onClick={hush}>{w().feedback.close}</button>
        </div>
      ) : null}
    </div>
  );
}

/** A dialog by the browser's own element; Escape and 再看看 close it, and focus starts on that. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog class="dialog" ref={box} aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

/** A button that copies a text and says so. */
export function Copy({ text, children }: { text: string; children?: ComponentChildren }) {
  const [done, set] = useState(false);
  const copy = async () => {
    try { await navigator.clipboard.writeText(text); set(true); setTimeout(() => set(false), 2000); } catch { set(false); }
  };
  return <button class="btn" type="button" onClick={() => void copy()}>{done ? w().feedback.copied : children ?? w().feedback.copy}</button>;
}
