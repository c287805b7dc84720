export * from './constants/domain.ts';
export * from './constants/domain-event.ts';
export * from './constants/domain-work.ts';
export * from './constants/errors.ts';
export * from './constants/host.ts';
export * from './constants/network.ts';
export * from './constants/storage.ts';
