import { again, follow, type Heard, type Told } from './live';

/** One connection for all tabs; each tab is a port. The first port to come opens it, the last to go closes it. */
const ports = new Set<MessagePort>();
let stop: (() => void) | null = null;
let stream = '';
let open = false;
let who = '';

const say = (heard: Heard) => {
  if (heard === 'open') open = true;
  if (heard === 'lost') open = false;
  for (const port of ports) port.postMessage(heard);
};

function hear(port: MessagePort, told: Told): void {
  if (told === 'bye') {
    ports.delete(port);
    if (!ports.size) { stop?.(); stop = null; open = false; }
  } else if ('stream' in told) {
    ports.add(port);
    stream = told.stream;
    if (!stop) stop = follow(stream, say);
    else if (open) port.postMessage('open');
  } else if (told.who !== who) {
    who = told.who;
    if (!stop) return;
    stop();
    stop = again(stream, say);
  }
}

addEventListener('connect', (event) => {
  const port = (event as MessageEvent).ports[0];
  if (!port) return;
  port.onmessage = (message: MessageEvent<Told>) => hear(port, message.data);
  port.start();
});
