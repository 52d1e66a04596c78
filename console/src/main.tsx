import { render } from 'preact';

import './styles/base.css';
import './styles/shell.css';
import './styles/queue.css';
import './styles/review.css';
import { App } from './app';
import { forgetInTime } from './pages/edit/kept';
import { address, become, place } from './router';
import { rememberSignedIn, takePlace } from './session/browser';
import { takeLocalPass } from './session/local';
import { resume } from './session/session';

if (takeLocalPass(place.value.path)) become(address(['queue']));
if (place.value.path[0] === 'signed-in') {
  rememberSignedIn();
  become(takePlace() ?? address(['queue']));
}
void resume();
forgetInTime();

const root = document.getElementById('console');
if (root) render(<App />, root);
