import { hear } from '../clock';
import { language, w } from '../words';
import type { Problem } from './shapes';

/** An answer that is no success, in the words of the server. */
export class Refusal extends Error {
  constructor(readonly problem: Problem) { super(problem.detail || problem.title); }
  get status(): number { return this.problem.status; }
  /** The reason in the language of the reader. */
  get words(): string {
    const { detail, detail_zh, title } = this.problem;
    return (language() === 'zh' ? detail_zh || detail : detail || detail_zh) || title;
  }
}

/** The reason of any failure: the server's words, or that it could not be reached. */
export const reason = (error: unknown): string => (error instanceof Refusal ? error.words : w().feedback.wrongText);

/** Called when the server no longer knows the person; the session sets it. */
let signedOut = (): void => undefined;
export function whenSignedOut(tell: () => void): void { signedOut = tell; }

async function read<R>(answer: Response): Promise<R> {
  const text = await answer.text();
  let body: unknown = null;
  try { body = text ? JSON.parse(text) : null; } catch { body = null; }
  const now = (body as { now?: string } | null)?.now ?? answer.headers.get('Date');
  if (now) hear(Date.parse(now));
  if (answer.ok) return body as R;
  if (answer.status === 401) signedOut();
  const problem = body && typeof body === 'object' && 'title' in body ? (body as Problem) : { title: answer.statusText || String(answer.status), status: answer.status };
  throw new Refusal({ ...problem, status: problem.status || answer.status });
}

export async function get<R>(path: string, signal?: AbortSignal): Promise<R> {
  return read<R>(await fetch(`/api${path}`, { headers: { Accept: 'application/json' }, credentials: 'same-origin', ...(signal ? { signal } : {}) }));
}

const key = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');

async function change<R>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<R> {
  const raw = body instanceof FormData || body instanceof Blob;
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Jingwei-Csrf': '1', 'Idempotency-Key': key() };
  if (!raw && body !== undefined) headers['Content-Type'] = 'application/json';
  if (body instanceof Blob) headers['Content-Type'] = body.type || 'application/octet-stream';
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = raw ? (body as BodyInit) : JSON.stringify(body);
  // One quiet second try with the same key: an answer that was lost on the way must not be done twice.
  try {
    return await read<R>(await fetch(`/api${path}`, init));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return read<R>(await fetch(`/api${path}`, init));
  }
}

export const post = <R>(path: string, body?: unknown): Promise<R> => change<R>('POST', path, body);
export const remove = <R>(path: string): Promise<R> => change<R>('DELETE', path);
export const command = <R = { seq: number }>(name: string, body: unknown): Promise<R> => post<R>(`/commands/${name}`, body);
export const part = (id: string): string => encodeURIComponent(id);
