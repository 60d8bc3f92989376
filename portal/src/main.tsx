import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/controls.css';
import './styles/feedback.css';
import { App } from './app';
import { startRouter } from './router';
import { startSettings } from './settings';

void startSettings().then(() => {
  startRouter();
  const root = document.getElementById('app');
  if (root) render(<App />, root);
});
