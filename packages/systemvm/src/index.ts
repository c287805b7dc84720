export { buildTiny, type TinyImage, type TinyOptions } from './tiny/build.ts';
