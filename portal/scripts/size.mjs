// Fails when the first load of a public page is over its budget. Everything that the browser fetches to draw
// the front page counts: the document, the entry, the page's chunk with all that it imports, and their styles.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 60;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

function closure(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return seen;
  seen.add(key);
  for (const next of chunk.imports ?? []) closure(next, seen);
  return seen;
}

let failed = false;
for (const page of ['front/front', 'law/law', 'report/report', 'follow/follow']) {
  const files = new Set(['index.html']);
  for (const root of ['index.html', `src/pages/${page}.tsx`, 'src/words/en.ts']) {
    if (!manifest[root]) { console.error(`size: ${root} is not in the manifest`); process.exit(1); }
    for (const key of closure(root)) {
      const chunk = manifest[key];
      files.add(chunk.file);
      for (const css of chunk.css ?? []) files.add(css);
    }
  }
  const total = [...files].reduce((sum, file) => sum + size(file), 0);
  const kb = total / 1024;
  if (kb > BUDGET_KB) failed = true;
  console.log(`${kb > BUDGET_KB ? 'over ' : 'ok   '}${kb.toFixed(1).padStart(6)} KB gzip  ${page.split('/')[0]}, both languages (budget ${BUDGET_KB})`);
}
process.exit(failed ? 1 : 0);
