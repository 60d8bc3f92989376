import { follow, type Heard } from './live';

/** One connection for all tabs; each tab is a port. The first port to come opens it, the last to go closes it. */
const ports = new Set<MessagePort>();
let stop: (() => void) | null = null;
let open = false;

const say = (heard: Heard) => {
  if (heard === 'open') open = true;
  if (heard === 'lost') open = false;
  for (const port of ports) port.postMessage(heard);
};

addEventListener('connect', (event) => {
  const port = (event as MessageEvent).ports[0];
  if (!port) return;
  ports.add(port);
  port.onmessage = (message: MessageEvent<string>) => {
    if (message.data === 'bye') {
      ports.delete(port);
      if (!ports.size) { stop?.(); stop = null; open = false; }
      return;
    }
    if (!stop) stop = follow(message.data, say);
    else if (open) port.postMessage('open');
  };
  port.start();
});
