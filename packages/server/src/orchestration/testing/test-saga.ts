import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Cloud } from '../../cloud.ts';
import { CloudError } from '../../error.ts';
import type { ClaimedJob } from '../../jobs/journal.ts';
import { runJob } from '../../jobs/run-job.ts';
import type { Run, Saga, Step } from '../saga.ts';

export type SagaWorld<S> = { readonly cloud: Cloud; readonly state: S };
export type SagaTest<S, W extends SagaWorld<S>> = {
  /** Makes what the saga is about, anew for each run. */
  readonly setup: () => Promise<W>;
  /** What must be as it was, in the database and on the hosts. */
  readonly snapshot: (world: W) => Promise<unknown>;
  /**
   * The saga removes things and cannot put them back: what failed is run again instead, and must end as a run that nothing befell.
   */
  readonly forward?: boolean;
  /** What a failure leaves, where that is not what was there before. */
  readonly leaves?: unknown;
};

/**
 * Fails every step in turn, before and after it acted, and asserts that nothing is left of the run; every `do` and every `undo` is done twice on the way.
 * Then runs all of it, each step twice, and asserts that it ends as a run of single steps does.
 */
export async function testSaga<S extends object, W extends SagaWorld<S>>(saga: Saga<S>, test: SagaTest<S, W>): Promise<void> {
  const ideal = await afterRun(saga, test);
  const repeated = await afterRun(twice(saga), test);
  assert.deepEqual(repeated, ideal, 'every step done twice ends otherwise than done once');
  for (const step of saga.steps)
    for (const when of ['before', 'after'] as const) {
      const world = await test.setup();
      const before = await test.snapshot(world);
      const outcome = await run(world, failing(twice(saga), step.name, when));
      assert.equal(outcome, 2, `the job did not fail where step ${step.name} failed ${when} it acted`);
      if (test.forward) await run(world, saga);
      const said = `step ${step.name} failed ${when} it acted, and ${test.forward ? 'running it again did not end well' : 'something is left'}`;
      assert.deepEqual(await test.snapshot(world), test.forward ? ideal : (test.leaves ?? before), said);
    }
}

async function afterRun<S extends object, W extends SagaWorld<S>>(
  saga: Saga<S>,
  { setup, snapshot }: SagaTest<S, W>,
): Promise<unknown> {
  const world = await setup();
  assert.equal(await run(world, saga), 1, `${saga.name} fails by itself`);
  return snapshot(world);
}

const change = <S extends object>(saga: Saga<S>, to: (step: Step<S>) => Step<S>): Saga<S> => ({
  ...saga,
  steps: saga.steps.map(to),
});

const twice = <S extends object>(saga: Saga<S>): Saga<S> =>
  change(saga, (step) => {
    const { undo } = step;
    return {
      ...step,
      do: async (run: Run, state: S): Promise<Partial<S>> => {
        const first = (await step.do(run, state)) ?? {};
        return { ...first, ...((await step.do(run, { ...state, ...first })) ?? {}) };
      },
      undo:
        'nothing' in undo
          ? undo
          : async (run: Run, state: S): Promise<void> => {
              await undo(run, state);
              await undo(run, state);
            },
    };
  });

const failing = <S extends object>(saga: Saga<S>, name: string, when: 'before' | 'after'): Saga<S> =>
  change(saga, (step) =>
    step.name !== name
      ? step
      : {
          ...step,
          do: async (run: Run, state: S): Promise<Partial<S>> => {
            if (when === 'after') await step.do(run, state);
            throw new CloudError('internal', `${name} fails ${when} it acts`);
          },
        },
  );

/** Runs it as a job that no dispatcher knows; answers the job's status. */
async function run<S extends object>({ cloud, state }: SagaWorld<S>, saga: Saga<S>): Promise<number> {
  const id = randomUUID();
  const owner = await cloud.db
    .selectFrom('account')
    .select(['id', 'domain_id'])
    .where('role_type', '=', 'Admin')
    .executeTakeFirstOrThrow();
  const { machineId } = state as { machineId?: string };
  const epoch = (await sql<{ n: number }>`select nextval('job_epoch') as n`.execute(cloud.db)).rows[0]!.n;
  const job = {
    id,
    saga: `test ${saga.name}`,
    epoch,
    error_code: null,
    error_text: null,
    error_public: null,
    state: { ...state } as Record<string, unknown>,
  } satisfies ClaimedJob;
  await cloud.db
    .insertInto('job')
    .values({
      id,
      command: 'test',
      saga: job.saga,
      state: JSON.stringify(state),
      subject: machineId ?? null,
      instance_id: machineId ?? null,
      account_id: owner.id,
      domain_id: owner.domain_id,
      epoch,
    })
    .execute();
  await runJob(cloud, saga, job, { signal: new AbortController().signal });
  return (await cloud.db.selectFrom('job').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status;
}
