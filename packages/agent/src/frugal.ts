import { setFlagsFromString } from 'node:v8';

// An agent works little and lives long: memory is worth more to its host than speed. The first import of all, so that it holds for the others.
setFlagsFromString('--optimize-for-size');
setFlagsFromString('--max-semi-space-size=1');
