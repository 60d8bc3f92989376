import { describe, expect, it } from 'vitest';
import type { Connect } from '../../api/shapes';
import { commandFor, crc212, frame212 } from './commands';

describe('crc212', () => {
  it('shifts before it takes the byte in', () => {
    const segment = 'QN=20260706204218000;ST=32;CN=2011;PW=123456;MN=360681000000000000000101;Flag=5;CP=&&DataTime=20260706204200;w01018-Rtd=82.4,w01018-Flag=N;w21003-Rtd=3.12,w21003-Flag=N;w01001-Rtd=7.21,w01001-Flag=N;w00000-Rtd=41.6,w00000-Flag=N&&';
    expect(segment.length).toBe(230);
    expect(crc212(segment)).toBe('3840');
  });
});

it('a frame says its own length and the time of the city', () => {
  const frame = frame212('MN1', 'pw', Date.parse('2026-07-06T13:30:00Z'));
  const [, length, segment, crc] = frame.match(/^##(\d{4})(.*)([0-9A-F]{4})\r\n$/) ?? [];
  expect(Number(length)).toBe(segment?.length);
  expect(crc).toBe(crc212(segment ?? ''));
  expect(segment).toContain('QN=20260706213000000');
});

describe('commands', () => {
  const at: Connect = { hj212: { host: 'h', port: 9212 }, mqtt: { host: 'h', port: 1883 }, http: { host: 'h', port: 8080 }, things: [] };
  it('carry the place, the number and the password, quoted for a shell', () => {
    const device = { device: 'd', login: 'm1', password: "p'w" };
    expect(commandFor('hj212', at, device, 'MN1', 0)).toMatch(/^printf '%b' '##.*\\r\\n' \| nc -q 2 h 9212$/);
    expect(commandFor('mqtt', at, device, 'm1', 0)).toContain(`-P 'p'\\''w'`);
    expect(commandFor('http', at, device, 'm1', 0)).toContain(`http://h:8080/api/readings -u 'm1:p'\\''w'`);
  });
  it('send the readings that the Thing Model names', () => {
    const device = { device: 'd', login: 'm1', password: 'pw', topic: 'up/m1' };
    const thing = { id: 't', title: { zh: '', en: '' }, protocol: 'mqtt', sample: { level: 3 } };
    expect(commandFor('mqtt', at, device, 'm1', 0, thing)).toContain(`-t 'up/m1' -m '{"level":3}'`);
    expect(commandFor('hj212', at, device, 'm1', 0, { ...thing, system: '21' })).toContain('ST=21;CN=2011;');
    expect(commandFor('hj212', at, device, 'm1', 0, { ...thing, system: '21' })).toContain('level-Rtd=3,level-Flag=N');
  });
});
