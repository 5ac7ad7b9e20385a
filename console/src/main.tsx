import { render } from 'preact';
import { startClock } from './app/clock.ts';
import { Console } from './app/console.tsx';
import { listenForKeys } from './app/keys.ts';
import { followLinks } from './app/router.ts';
import { applyTheme } from './app/theme.ts';
import { ensureRows } from './inbox/state.ts';
import { keepWorker } from './me/push.ts';

applyTheme();
startClock();
followLinks();
listenForKeys();
keepWorker();
// asked for beside who is signed in, not after it: on a slow network each turn counts
if (location.pathname === '/') ensureRows();
const root = document.getElementById('app');
if (root) render(<Console />, root);
