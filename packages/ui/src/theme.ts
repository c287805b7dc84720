import { persisted } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';
export const theme = persisted<Theme>('virtstack.theme', 'system');

const dark = matchMedia('(prefers-color-scheme: dark)');
const apply = (): void => {
  const wanted = theme.get();
  document.documentElement.classList.toggle('pf-v6-theme-dark', wanted === 'dark' || (wanted === 'system' && dark.matches));
};

/** Dresses the page, now and whenever the choice or the system changes. */
export const followTheme = (): void => {
  apply();
  theme.subscribe(apply);
  dark.addEventListener('change', apply);
};
