/** Digits beyond these say more than any instrument knows; a shorter number stays as it was sent. */
const DIGITS = 7;
const KEPT = 4;

/** A measured value as it is read: the decimals that were sent, but no trail of binary rounding. */
export function figure(value: number | string | boolean | null | undefined): string {
  if (value == null) return '—';
  if (typeof value !== 'number') return String(value);
  const plain = String(value);
  const digits = plain.replace(/^-?0*\.?0*|[^0-9]/g, '').length;
  if (digits <= DIGITS || Number.isInteger(value)) return plain;
  return String(Number(value.toPrecision(KEPT)));
}
