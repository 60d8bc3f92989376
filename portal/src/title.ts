import { useEffect } from 'preact/hooks';
import { w } from './words';

/** Sets the title of the document: what is on the page, then who speaks. */
export function useTitle(text: string): void {
  useEffect(() => { document.title = text ? `${text} · ${w().brand}` : w().brand; }, [text]);
}
