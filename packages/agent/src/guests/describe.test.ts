import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Domain, LibvirtError, VIR_DOMAIN_SHUTOFF, VIR_ERR_INTERNAL_ERROR } from '@virtstack/libvirt';
import { describeDomain } from './describe.ts';

/** A domain as a driver has it that fails `failures` times before it notices that the guest is gone. */
const going = (failures: number): Domain => {
  let left = failures;
  const fail = (): void => {
    if (left-- > 0) throw new LibvirtError('server', "info failed for domain '2'", { code: VIR_ERR_INTERNAL_ERROR });
  };
  const answers = {
    uuid: '00000000-0000-4000-8000-000000000001',
    name: 'going',
    state: async () => ({ state: VIR_DOMAIN_SHUTOFF, reason: 1 }),
    info: async () => {
      fail();
      return { nrVirtCpu: 1, maxMem: 1024n };
    },
    metadata: async () => '<guest uuid="00000000-0000-4000-8000-000000000001" epoch="3"/>',
  };
  return answers as unknown as Domain;
};

test('a guest that is just going is asked for again until its driver has noticed', async () => {
  const { state, reason, ours } = await describeDomain(going(3));
  assert.deepEqual({ state, reason, ours }, { state: 'shutoff', reason: 'shutdown', ours: true });
});

test('a driver that goes on failing is believed', async () => {
  await assert.rejects(describeDomain(going(100)), { code: VIR_ERR_INTERNAL_ERROR });
});
