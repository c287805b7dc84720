import '@patternfly/react-core/dist/styles/base.css';
import '@xterm/xterm/css/xterm.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { queries } from './api/hooks.ts';
import { App } from './app.tsx';
import { followTheme } from './theme.ts';
import './app.css'; // after the components' own styles

followTheme();
createRoot(document.getElementById('root') as HTMLElement).render(
  <QueryClientProvider client={queries}>
    <App />
  </QueryClientProvider>,
);
