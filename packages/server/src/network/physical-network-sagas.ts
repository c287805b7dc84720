import { physicalNetworkOf, trafficTypeOf } from '../api/handlers/physical-networks.ts';
import { saga } from '../orchestration/saga.ts';

type Made = { readonly id: string };

/**
 * CloudStack answers a job to commands that are done the moment they return. Their handlers do everything in the command's own transaction;
 * the job only tells what was made.
 */
export const physicalNetworkSagas = [
  saga<Made>('physical-network-created', {
    result: async ({ db }, { id }) => ({ physicalnetwork: { ...(await physicalNetworkOf(db, id)) } }),
  }),
  saga<Made>('traffic-type-added', { result: async ({ db }, { id }) => ({ traffictype: { ...(await trafficTypeOf(db, id)) } }) }),
  saga<object>('nothing-left-to-do'),
];
