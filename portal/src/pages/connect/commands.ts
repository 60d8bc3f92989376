import type { Connect, Registered, Thing } from '../../api/shapes';

/** What a maker copies into a terminal; the place of the city, its own number and its own password are already in it. */
export interface Command { protocol: string; text: string }

/** CRC of HJ 212: 16 bits, polynomial A001, each byte taken into the high byte of the register. */
export function crc212(text: string): string {
  let crc = 0xffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc = (crc >> 8) ^ byte;
    for (let i = 0; i < 8; i++) { const low = crc & 1; crc >>= 1; if (low) crc ^= 0xa001; }
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

const two = (n: number) => String(n).padStart(2, '0');

/** Readings to send when the Thing Model names none of its own. */
const FALLBACK: Record<string, Record<string, number>> = { hj212: { w01018: 30.1 } };
const sampleOf = (thing: Thing | undefined, protocol: string) => thing?.sample ?? FALLBACK[protocol] ?? { flow: 0.3 };

/** One real-time frame with the time of the city's zone and a right checksum. */
export function frame212(mn: string, password: string, now: number, system = '32', sample = sampleOf(undefined, 'hj212')): string {
  const d = new Date(now + 8 * 3600_000);
  const stamp = `${d.getUTCFullYear()}${two(d.getUTCMonth() + 1)}${two(d.getUTCDate())}${two(d.getUTCHours())}${two(d.getUTCMinutes())}${two(d.getUTCSeconds())}`;
  const data = `QN=${stamp}000;ST=${system};CN=2011;PW=${password};MN=${mn};Flag=5;CP=&&DataTime=${stamp};${Object.entries(sample).map(([k, v]) => `${k}-Rtd=${v},${k}-Flag=N`).join(';')}&&`;
  return `##${String(data.length).padStart(4, '0')}${data}${crc212(data)}\r\n`;
}

const quote = (text: string) => `'${text.replace(/'/g, `'\\''`)}'`;

export function commandFor(protocol: string, at: Connect, device: Registered, login: string, now: number, thing?: Thing): string {
  const sample = sampleOf(thing, protocol);
  const json = quote(JSON.stringify(sample));
  if (protocol === 'hj212') return `printf '%b' ${quote(frame212(login, device.password, now, thing?.system ?? undefined, sample).replace('\r\n', '\\r\\n'))} | nc -q 2 ${at.hj212.host} ${at.hj212.port}`;
  if (protocol === 'mqtt') return `mosquitto_pub -h ${at.mqtt.host} -p ${at.mqtt.port} -q 1 -i ${quote(login)} -u ${quote(login)} -P ${quote(device.password)} -t ${quote(device.topic ?? `up/${login}`)} -m ${json}`;
  return `curl -sS -X POST http://${at.http.host}:${at.http.port}/api/readings -u ${quote(`${login}:${device.password}`)} -H 'Content-Type: application/json' -d ${json}`;
}
