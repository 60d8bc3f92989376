import { describe, expect, it } from 'vitest';
import { bytesOf, dump, locate } from './bytes';

const hex = (text: string) => Buffer.from(text).toString('hex');

describe('frames', () => {
  it('read their bytes and forget half of one', () => { expect([...bytesOf('23 23 3')]).toEqual([0x23, 0x23]); expect(bytesOf('').length).toBe(0); });
  it('stand sixteen to a line, unprintable ones as dots, marked ones marked', () => {
    const lines = dump(bytesOf(hex('##0230QN=2026070620\r\n')), [6, 9]);
    expect(lines.map((l) => l.offset)).toEqual(['0000', '0010']);
    expect(lines[0]?.text.filter((b) => b.hit).map((b) => b.text).join('')).toBe('QN=');
    expect(lines[1]?.text.map((b) => b.text).join('')).toBe('620..');
  });
  it('find a field by name and value, in frames, in JSON, and after Chinese', () => {
    const frame = bytesOf(hex('口=1;w01018-Rtd=82.4,w01018-Flag=N'));
    expect(locate(frame, 'w01018-Rtd', '82.4')).toEqual([6, 21]);
    expect(locate(bytesOf(hex('{"level":3.5}')), 'level', '3.5')).toEqual([1, 12]);
    expect(locate(frame, 'nothing', 'here')).toBeNull();
    expect(locate(frame, 'nothing', '')).toBeNull();
  });
});
