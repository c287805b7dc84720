import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { type Access, run } from './run.ts';

/** How a playbook went: the names of its tasks that changed something, and of those that failed, with what they said. */
export type Played = { readonly changed: readonly string[]; readonly failed: readonly string[]; readonly tasks: number };

type Host = { readonly changed?: boolean; readonly failed?: boolean; readonly skipped?: boolean; readonly msg?: string };
type Report = { readonly plays: readonly { readonly tasks: readonly Task[] }[] };
type Task = { readonly task: { readonly name: string }; readonly hosts: { readonly localhost: Host } };

/** Plays one of the playbooks beside this file by Ansible, as somebody. @throws with its words where it does not get as far as the tasks. */
export async function play(name: string, { dir }: { readonly dir: string }, access: Access, variables: object): Promise<Played> {
  const book = fileURLToPath(new URL(`ansible/${name}.yml`, import.meta.url));
  const { stdout, stderr } = await run(
    [
      '/usr/bin/ansible-playbook',
      '--inventory',
      'localhost,',
      '--connection',
      'local',
      '--extra-vars',
      JSON.stringify(variables),
      book,
    ],
    { ...quiet, ...accessOf(access), HOME: dir, ANSIBLE_LOCAL_TEMP: `${dir}/ansible`, ANSIBLE_REMOTE_TEMP: `${dir}/ansible` },
  );
  const tasks = tasksIn(stdout, stderr);
  const named = (is: (host: Host) => boolean, say: (task: Task) => string): string[] =>
    tasks.filter((t) => is(t.hosts.localhost)).map(say);
  return {
    changed: named(
      ({ changed }) => changed === true,
      ({ task }) => task.name,
    ),
    failed: named(
      ({ failed }) => failed === true,
      ({ task, hosts }) => `${task.name}: ${hosts.localhost.msg ?? JSON.stringify(hosts.localhost)}`,
    ),
    tasks: tasks.filter(({ hosts }) => !hosts.localhost.skipped).length,
  };
}

/** Plays it twice, the second time with `again`; what changed the first time. @throws something failed, or the second run changed something. */
export async function playTwice(...[name, at, access, variables]: Parameters<typeof play>): Promise<readonly string[]> {
  const first = await play(name, at, access, variables);
  assert.deepEqual(first.failed, []);
  const second = await play(name, at, access, { ...variables, again: true });
  assert.deepEqual([second.failed, second.changed], [[], []]);
  assert.ok(second.tasks > 0, 'nothing was looked at again');
  return first.changed;
}

function tasksIn(stdout: string, stderr: string): readonly Task[] {
  const start = stdout.indexOf('{');
  if (start < 0) throw new Error(`Ansible: ${stdout}${stderr}`);
  return (JSON.parse(stdout.slice(start)) as Report).plays.flatMap(({ tasks }) => tasks);
}

/** What the collection reads of the cloud from the environment. */
const accessOf = ({ api, apikey, secretkey, cacertificate }: Access) => ({
  CLOUDSTACK_ENDPOINT: api,
  CLOUDSTACK_KEY: apikey,
  CLOUDSTACK_SECRET: secretkey,
  CLOUDSTACK_VERIFY: cacertificate,
});

const quiet = {
  ANSIBLE_STDOUT_CALLBACK: 'ansible.posix.json',
  ANSIBLE_LOCALHOST_WARNING: 'false',
  ANSIBLE_DEPRECATION_WARNINGS: 'false',
  ANSIBLE_PIPELINING: 'true',
  ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
  ANSIBLE_RETRY_FILES_ENABLED: 'false',
};
