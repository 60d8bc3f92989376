import { afterEach, describe, expect, it } from 'vitest';
import { ago, clockSeconds, clockTime, counter, due, isoDate, ms, nowLine, span, when } from './time';
import { speak } from './words';

const now = Date.parse('2026-07-06T13:30:00Z'); // 21:30 in the city
const MIN = 60_000;
afterEach(() => speak('zh'));

describe('times of the city', () => {
  it('stand in Asia/Shanghai whatever the browser thinks', () => {
    expect([clockTime(now), clockSeconds(now + 5000), isoDate(now), nowLine(now)]).toEqual(['21:30', '21:30:05', '2026-07-06', '7月6日 星期一 21:30']);
    expect(isoDate(Date.parse('2026-07-06T16:00:00Z'))).toBe('2026-07-07');
  });

  it.each([
    [-48 * MIN, '今天 20:42'], [-22 * 60 * MIN, '昨天 23:30'], [3 * 60 * MIN, '明天 00:30'], [-5 * 1440 * MIN, '7月1日 21:30'], [-300 * 1440 * MIN, '2025年9月9日 21:30'],
  ])('a moment %i ms away is %s', (off, text) => expect(when(now + off, now)).toBe(text));

  it('says nothing of no time', () => {
    expect(when(ms(null), now)).toBe('—');
    expect(due(ms(undefined), now)).toBe('—');
    expect(ago(NaN, now)).toBe('—');
  });
});

describe('lengths', () => {
  it.each([[0, '0 秒'], [59_999, '59 秒'], [48 * MIN, '48 分钟'], [70 * MIN, '1 小时 10 分'], [120 * MIN, '2 小时'], [47 * 60 * MIN + 58 * MIN, '47 小时 58 分'], [49 * 60 * MIN, '2 天 1 小时'], [-5, '0 秒']])('%i ms is %s', (length, text) => expect(span(length)).toBe(text));
  it.each([[172_000, '2:52'], [56_000, '0:56'], [4_078_000, '1:07:58'], [-1, '0:00']])('the desk counts %i as %s', (length, text) => expect(counter(length)).toBe(text));
  it('a deadline says what is left, then what is over', async () => {
    expect(due(now + 13 * MIN, now)).toBe('还有 13 分钟');
    expect(due(now - 57 * MIN, now)).toBe('已过 57 分钟');
    await speak('en');
    expect(due(now + 13 * MIN, now)).toBe('13 min left');
  });
  it('the last seconds are just now', () => { expect(ago(now - 1000, now)).toBe('刚刚'); expect(ago(now - 12_000, now)).toBe('12 秒前'); });
});
