import { describe, expect, it } from 'vitest';
import { concerns } from './live';

describe('concerns', () => {
  it.each<[string[], string[], boolean]>([
    [['desk'], ['desk'], true], [['case:urn:ngsi-ld:Case:1'], ['case:urn:ngsi-ld:Case:1'], true], [['case:urn:ngsi-ld:Case:2'], ['case:urn:ngsi-ld:Case:1'], false], [['case:urn:ngsi-ld:Case:2'], ['case'], true], [['desk'], ['case'], false], [['devices'], ['device'], false], [[], ['desk'], false],
  ])('%j for %j: %s', (heard, wanted, yes) => expect(concerns(heard, wanted)).toBe(yes));
});
