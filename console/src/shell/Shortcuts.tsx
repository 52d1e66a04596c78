// The list of keys, loaded when somebody asks for it.
import { en } from '../strings';
import { Dialog } from '../ui/parts';
import { keys } from './keyList';
import { keysOpen } from './Palette';

export function Shortcuts() {
  const close = () => {
    keysOpen.value = false;
  };
  return (
    <Dialog label={keys.title} close={close}>
      <h2>{keys.title}</h2>
      <table class="shortcuts">
        <tbody>
          {keys.rows.map(([key, what]) => (
            <tr key={key}>
              <th scope="row"><kbd>{key}</kbd></th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={close}>{en.shell.close}</button>
      </footer>
    </Dialog>
  );
}
