// Asks again and again for what may have changed, while the page is looked at and the session lasts.
import { session } from '../session/session';

/** Looks each time `wait()` has passed since the last answer. The function that it returns ends it, also while a look is under way. */
export function poll(look: () => Promise<void>, wait: () => number): () => void {
  let over = false;
  let timer: ReturnType<typeof setTimeout>;
  const again = () => {
    timer = setTimeout(async () => {
      if (document.visibilityState === 'visible' && session.value.state !== 'ended') await look();
      // It may have been ended meanwhile: a timer that was made now nobody would clear.
      if (!over) again();
    }, wait());
  };
  again();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
