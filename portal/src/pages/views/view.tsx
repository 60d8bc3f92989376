import type { PageProps } from '../../app';
import { Collection } from '../../parts/collection';
import { Page } from '../../parts/frame';
import { useTitle } from '../../title';

/** Any other list that the server declares. */
export default function ViewPage({ params }: PageProps) {
  const id = params.id ?? '';
  useTitle('');
  return <Page staff><div class="wrap"><Collection key={id} view={encodeURIComponent(id)} live={[id]} /></div></Page>;
}
