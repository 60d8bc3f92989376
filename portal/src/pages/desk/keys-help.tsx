import { Dialog } from '../../parts/feedback';
import { choose, useSettings } from '../../settings';
import { w } from '../../words';

export function KeysLine({ onHelp }: { onHelp: () => void }) {
  const d = w().desk;
  const { singleKeys } = useSettings();
  const keys: [string[], string][] = [[['J', 'K'], d.keyMove], [['↵'], d.keyOpen], [['D'], d.keyDispatch], [['M'], d.keyMerge], [['N'], d.keyNew], [['U'], d.keyUndo]];
  return (
    <footer class="keys">
      <ul>
        {singleKeys ? keys.map(([k, text]) => <li key={text}>{k.map((x) => <kbd key={x}>{x}</kbd>)}{text}</li>) : <li>{d.keysOff}</li>}
        <li><button class="linkish" type="button" onClick={onHelp}><kbd>?</kbd> {d.keyHelp}</button></li>
      </ul>
    </footer>
  );
}

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const d = w().desk;
  const { singleKeys } = useSettings();
  const all: [string, string][] = [['J / K / ↓ / ↑', d.keyMove], ['↵', d.keyOpen], ['Space', d.keyTick], ['D', d.keyDispatch], ['M', d.keyMerge], ['X', d.keyApart], ['A', d.keyAck], ['B', d.keyNote], ['N', d.keyNew], ['T', d.keyDoing], ['L', d.keyList], ['V', d.keySound], ['U', d.keyUndo], ['Esc', d.keyBack], ['?', d.keyHelp]];
  return (
    <Dialog title={d.keysTitle} onClose={onClose}>
      <table class="table"><tbody>{all.map(([k, text]) => <tr key={k}><th scope="row" class="nw">{k}</th><td>{text}</td></tr>)}</tbody></table>
      <label class="check mt-4"><input type="checkbox" checked={singleKeys} onChange={() => void choose({ singleKeys: !singleKeys })} /><span>{d.keysOn}</span></label>
      <form method="dialog" class="actions"><button class="btn" type="submit">{w().feedback.close}</button></form>
    </Dialog>
  );
}
