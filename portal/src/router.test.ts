import { describe, expect, it } from 'vitest';
import { isOurs, match } from './router';

describe('match', () => {
  it.each<[string, string, Record<string, string> | null]>([
    ['/', '/', {}], ['/law', '/law', {}], ['/law/{article}', '/law/38', { article: '38' }], ['/law', '/law/38', null], ['/devices/{id}', '/devices/urn%3Angsi-ld%3AX%3A1', { id: 'urn:ngsi-ld:X:1' }], ['/devices/{id}', '/devices', null], ['/devices/{id}', '/devices/%E0%A4', null], ['/law', '/report', null],
  ])('%s against %s', (pattern, path, found) => expect(match(pattern, path)).toEqual(found));
});

describe('isOurs', () => {
  const origin = 'http://city.test';
  it.each<[string, boolean]>([['/law/38', true], ['/sign-in', true], ['/sign-in/abc', false], ['/api/views/devices?format=csv', false], ['/openapi.json', false], ['http://other.test/law', false], ['//other.test/law', false], ['/#map', true]])('%s: %s', (href, ours) => expect(isOurs(href, origin)).toBe(ours));
});
