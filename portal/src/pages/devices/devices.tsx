import { useTitle } from '../../title';
import { Page } from '../../parts/frame';
import { Collection } from '../../parts/collection';
import { w } from '../../words';

/** The devices of the city, as the server's view declares them. */
export default function DevicesPage() {
  useTitle(w().device.devices);
  return <Page staff><div class="wrap"><Collection view="devices" live={['devices', 'device']} extra={<><a class="btn" href="/connect">{w().views.connect}</a><a class="btn" href="/holds">{w().views.hold}</a></>} /></div></Page>;
}
