// Asks again and again for what may have changed, while the page is looked at and the session lasts.
import { session } from '../session/session';

/** Of a wait, what lies between an answer and the next look at least: an API that answers slowly is not asked without a pause. */
const REST = 1 / 3;

/**
 * Looks each time `wait()` has passed since the last look began, so that how long an answer takes does not come on top of the wait.
 * The function that it returns ends it, also while a look is under way.
 */
export function poll(look: () => Promise<void>, wait: () => number): () => void {
  let over = false;
  let timer: ReturnType<typeof setTimeout>;
  const again = (took = 0) => {
    const whole = wait();
    timer = setTimeout(async () => {
      const began = performance.now();
      if (document.visibilityState === 'visible' && session.value.state !== 'ended') await look();
      // It may have been ended meanwhile: a timer that was made now nobody would clear.
      if (!over) again(performance.now() - began);
    }, Math.max(whole * REST, whole - took));
  };
  again();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
