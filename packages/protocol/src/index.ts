export * from './agent.ts';
export * from './guest.ts';
export * from './host.ts';
export * from './images.ts';
export * from './method.ts';
export * from './network.ts';
export * from './peer.ts';
export * from './version.ts';
