// A real city in a process of its own, with a monitor that speaks HJ 212 over TCP and the control socket.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const binary = process.env.CITY_TEST_BIN ?? join(root, 'target/testkit/jingwei');

/** Starts the demonstration city on free ports; resolves when it says that it runs. */
export async function startCity() {
  const data = mkdtempSync(join(tmpdir(), 'jingwei-'));
  const env = { ...process.env, JINGWEI_LOG_FILTER: 'warn' };
  delete env.JINGWEI_BLESS;
  const free = ['--listen-http', '127.0.0.1:0', '--listen-mqtt', '127.0.0.1:0', '--listen-hj212', '127.0.0.1:0'];
  const child = spawn(binary, ['serve', '--demo', '--data', data, '--packs', join(root, 'packs'), ...free], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  await new Promise((ready, failed) => {
    child.once('exit', (code) => failed(new Error(`the city ended before it ran: ${code}`)));
    child.stdout.on('data', (bytes) => { told += bytes; if (/is running; .*\n/.test(told)) ready(); });
  });
  const port = (name) => Number(new RegExp(` ${name}=127\\.0\\.0\\.1:(\\d+)`).exec(told)[1]);
  const links = Object.fromEntries([...told.matchAll(/^ +(\w+) +http:\/\/[^/]+\/sign-in\/(\w+)$/gm)].map((m) => [m[1], m[2]]));
  const lines = readFileSync(join(data, 'demo/credentials.jsonl'), 'utf8').trim().split('\n').map((l) => JSON.parse(l));
  const end = async () => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGINT');
    const code = await gone;
    rmSync(data, { recursive: true, force: true });
    return code;
  };
  return { base: `http://127.0.0.1:${port('http')}`, hj212: port('hj212'), links, data, monitors: lines.filter((l) => l.protocol === 'hj212'), end, child };
}

/** Asks the control socket; the answer is text. */
export function control(city, ask) {
  return new Promise((done, failed) => {
    const socket = createConnection(join(city.data, 'control.sock'), () => socket.write(`${JSON.stringify(ask)}\n`));
    let text = '';
    socket.on('data', (bytes) => { text += bytes; });
    socket.on('error', failed);
    socket.on('end', () => { const answer = JSON.parse(text); answer.done === undefined ? failed(new Error(answer.refused)) : done(answer.done); });
  });
}

/** HJ 212's own checksum: the byte is shifted in before the exclusive or. */
function crc(text) {
  let sum = 0xffff;
  for (const byte of Buffer.from(text)) {
    sum = (sum >> 8) ^ byte;
    for (let bit = 0; bit < 8; bit++) { const low = sum & 1; sum >>= 1; if (low) sum ^= 0xa001; }
  }
  return sum.toString(16).toUpperCase().padStart(4, '0');
}

/** A real-time packet of a monitor at a time in milliseconds, with an acknowledgement wanted. */
export function packet({ login, password }, at, values, system = '32') {
  const time = new Date(at + 8 * 3600e3).toISOString().replace(/\D/g, '').slice(0, 17);
  const readings = Object.entries(values).map(([k, v]) => `${k}-Rtd=${v},${k}-Flag=N`).join(';');
  const segment = `QN=${time};ST=${system};CN=2011;PW=${password};MN=${login};Flag=5;CP=&&DataTime=${time.slice(0, 14)};${readings}&&`;
  return `##${String(segment.length).padStart(4, '0')}${segment}${crc(segment)}\r\n`;
}

/** Sends a packet over TCP and resolves with what the platform answers. */
export function send(city, text) {
  return new Promise((done, failed) => {
    const socket = createConnection(city.hj212, '127.0.0.1', () => socket.write(text));
    socket.setTimeout(10_000, () => failed(new Error('no answer within 10 s')));
    socket.on('data', (bytes) => { socket.destroy(); done(String(bytes)); });
    socket.on('error', failed);
  });
}

/** The city's own time in milliseconds. */
export const now = async (city) => Date.parse((await (await fetch(`${city.base}/api/front`)).json()).now);

/** Lets time pass in steps within every monitor's promise; all monitors report in between. */
export async function pass(city, seconds, values) {
  for (let left = seconds; left > 0; left -= 200) {
    await control(city, { ask: 'advance', seconds: Math.min(left, 200) });
    const at = await now(city);
    for (let from = 0; from < city.monitors.length; from += 20) {
      await Promise.all(city.monitors.slice(from, from + 20).map((m) => send(city, packet(m, at, values(m)))));
    }
  }
}
