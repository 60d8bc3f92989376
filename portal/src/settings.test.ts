import { describe, expect, it } from 'vitest';
import { readSettings } from './settings';

describe('settings', () => {
  it('begin in Chinese, with the theme of the system, keys and sound on', () => {
    expect(readSettings(null, '')).toEqual({ lang: 'zh', theme: 'system', large: false, singleKeys: true, sound: true });
  });
  it('take the address before what is stored', () => {
    expect(readSettings('{"lang":"zh","large":true}', '?lang=en')).toMatchObject({ lang: 'en', large: true });
    expect(readSettings('{"lang":"en"}', '?lang=zh-CN').lang).toBe('zh');
  });
  it('survive broken and foreign content', () => {
    expect(readSettings('{', '').lang).toBe('zh');
    expect(readSettings('{"lang":"xx"}', '?lang=yy').lang).toBe('zh');
    expect(readSettings('3', '').large).toBe(false);
  });
});
