export { buildUi } from './build.ts';
