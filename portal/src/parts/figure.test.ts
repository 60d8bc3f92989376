import { expect, it } from 'vitest';
import { figure } from './figure';

it.each([[82.4, '82.4'], [0, '0'], [-3.12, '-3.12'], [2880, '2880'], [12345678, '12345678'], [3.0619499628972435, '3.062'], [0.092269232715772, '0.09227'], [0.31, '0.31'], ['T', 'T'], [true, 'true'], [null, '—'], [undefined, '—']])('%s reads %s', (value, text) => expect(figure(value)).toBe(text));
