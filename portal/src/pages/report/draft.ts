/** What a resident has written so far. The words outlive a closed page; the picture and the number do not. */
export interface Draft { words: string; matter: string; photo: File | null; place: string; lon: number | null; lat: number | null; near: string; phone: string }

const KEY = 'jingwei.report';
export const MAX_WORDS = 1000;
export const MAX_PHOTO = 8 * 1024 * 1024;
const KINDS = ['image/jpeg', 'image/png', 'image/webp'];

export const BLANK: Draft = { words: '', matter: '', photo: null, place: '', lon: null, lat: null, near: '', phone: '' };

export function restore(): Draft {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Partial<Draft> | null;
    return kept ? { ...BLANK, words: kept.words ?? '', matter: kept.matter ?? '', place: kept.place ?? '', near: kept.near ?? '', lon: kept.lon ?? null, lat: kept.lat ?? null } : BLANK;
  } catch { return BLANK; }
}
export function keep(draft: Draft): void {
  try { sessionStorage.setItem(KEY, JSON.stringify({ words: draft.words, matter: draft.matter, place: draft.place, near: draft.near, lon: draft.lon, lat: draft.lat })); } catch { /* then it lasts as long as the page */ }
}
export function forget(): void { try { sessionStorage.removeItem(KEY); } catch { /* nothing was kept */ } }

export type PhotoFault = 'kind' | 'size' | null;
export function photoFault(file: { type: string; size: number }): PhotoFault {
  if (!KINDS.includes(file.type)) return 'kind';
  return file.size > MAX_PHOTO ? 'size' : null;
}

/** A mobile number has 11 digits and begins with 1; a fixed line has its area code. Empty is right: it may be left out. */
export function phoneFault(phone: string): { short: number } | 'wrong' | null {
  const digits = phone.replace(/[\s-]/g, '');
  if (!digits) return null;
  if (!/^\d+$/.test(digits)) return 'wrong';
  if (digits.startsWith('1')) return digits.length === 11 ? null : digits.length < 11 ? { short: 11 - digits.length } : 'wrong';
  return /^0\d{9,11}$/.test(digits) ? null : 'wrong';
}

/** The form as the server takes it. */
export function body(draft: Draft): FormData {
  const form = new FormData();
  if (draft.words.trim()) form.set('words', draft.words.trim());
  if (draft.near.trim()) form.set('place_words', draft.near.trim());
  if (draft.matter) form.set('matter', draft.matter);
  if (draft.phone.trim()) form.set('phone', draft.phone.replace(/[\s-]/g, ''));
  if (draft.lon != null && draft.lat != null) { form.set('lon', draft.lon.toFixed(6)); form.set('lat', draft.lat.toFixed(6)); }
  if (draft.place) form.set('place', draft.place);
  if (draft.photo) form.set('photo', draft.photo);
  return form;
}
