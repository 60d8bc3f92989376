/** A code has eight letters and figures; 0, O, 1 and I are never used, so that it can be read aloud. */
const CODE = /^[2-9A-HJ-NP-Z]{8}$/;

/** The code as the server knows it, or null when it cannot be one. Blanks, hyphens and small letters are forgiven. */
export function readCode(text: string): string | null {
  const code = text.replace(/[\s-]/g, '').toUpperCase();
  return CODE.test(code) ? code : null;
}

/** K7M39QXA → K7M3 9QXA */
export const spaced = (code: string): string => (code.length === 8 ? `${code.slice(0, 4)} ${code.slice(4)}` : code);
