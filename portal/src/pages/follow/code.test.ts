import { expect, it } from 'vitest';
import { readCode, spaced } from './code';

it.each([['K7M39QXA', 'K7M39QXA'], ['k7m3 9qxa', 'K7M39QXA'], ['K7M3-9QXA', 'K7M39QXA'], ['K7M39QX', null], ['K7M39QX0', null], ['K7M39QXI', null], ['', null]])('%s reads as %s', (text, code) => expect(readCode(text)).toBe(code));
it('is written in two groups', () => { expect(spaced('K7M39QXA')).toBe('K7M3 9QXA'); expect(spaced('short')).toBe('short'); });
