/** Bytes of a frame as the page shows them. */
export function bytesOf(hex: string): Uint8Array {
  const clean = hex.replace(/[^0-9a-f]/gi, '');
  return Uint8Array.from({ length: Math.floor(clean.length / 2) }, (_, i) => parseInt(clean.slice(2 * i, 2 * i + 2), 16));
}

const printable = (b: number) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.');

export interface DumpLine { offset: string; hex: { text: string; hit: boolean }[]; text: { text: string; hit: boolean }[] }

/** Sixteen bytes a line; the bytes in `hit` (from, to) are marked. */
export function dump(bytes: Uint8Array, hit: [number, number] | null): DumpLine[] {
  const lines: DumpLine[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.slice(at, at + 16)];
    const on = (i: number) => !!hit && at + i >= hit[0] && at + i < hit[1];
    lines.push({ offset: at.toString(16).toUpperCase().padStart(4, '0'), hex: row.map((b, i) => ({ text: b.toString(16).toUpperCase().padStart(2, '0'), hit: on(i) })), text: row.map((b, i) => ({ text: printable(b), hit: on(i) })) });
  }
  return lines;
}

/** Where a field stands in its frame: `name=value`, else the value alone. Byte positions, end not included. */
export function locate(bytes: Uint8Array, name: string, value: string): [number, number] | null {
  const text = Array.from(bytes, (b) => String.fromCharCode(b)).join('');
  const raw = (s: string) => Array.from(new TextEncoder().encode(s), (b) => String.fromCharCode(b)).join('');
  for (const wanted of [`${name}=${value}`, `"${name}":${value}`, `"${name}":"${value}"`, value]) {
    if (!wanted) continue;
    const at = text.indexOf(raw(wanted));
    if (at >= 0) return [at, at + raw(wanted).length];
  }
  return null;
}
