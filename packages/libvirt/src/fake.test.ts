import { after, before, describe } from 'node:test';
import { daemonSuite } from './testing/daemon-suite.ts';
import { fakeLibvirtd } from './testing/fake-libvirtd.ts';
import { testHost } from './testing/fake-test-host.ts';

describe('the fake daemon', () => {
  let fake: Awaited<ReturnType<typeof fakeLibvirtd>>;
  before(async () => {
    fake = await fakeLibvirtd(testHost());
  });
  after(() => fake[Symbol.asyncDispose]());

  daemonSuite(() => fake.socket);
});
