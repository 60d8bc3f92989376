import { describe, expect, it } from 'vitest';
import { BLANK, body, phoneFault, photoFault } from './draft';

describe('phoneFault', () => {
  it.each<[string, unknown]>([['', null], ['13870120000', null], ['138 7012-0000', null], ['1387012', { short: 4 }], ['0701-6441234', null], ['138701200001', 'wrong'], ['abc', 'wrong'], ['5', 'wrong']])('%s', (phone, fault) => expect(phoneFault(phone)).toEqual(fault));
});

describe('photoFault', () => {
  it('knows pictures and their size', () => {
    expect(photoFault({ type: 'image/jpeg', size: 1000 })).toBeNull();
    expect(photoFault({ type: 'application/pdf', size: 1000 })).toBe('kind');
    expect(photoFault({ type: 'image/png', size: 9 * 1024 * 1024 })).toBe('size');
  });
});

describe('body', () => {
  it('sends what was written and nothing that was left out', () => {
    const form = body({ ...BLANK, words: ' 河水发黑 ', near: '石桥边', place: 'urn:a', lon: 117.2, lat: 28.3, phone: '138 7012 0000' });
    expect(Object.fromEntries(form)).toEqual({ words: '河水发黑', place_words: '石桥边', place: 'urn:a', lon: '117.200000', lat: '28.300000', phone: '13870120000' });
    expect([...body(BLANK).keys()]).toEqual([]);
  });
});
