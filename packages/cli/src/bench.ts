import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { root } from '@virtstack/shell/places.ts';
import { UserError } from '@virtstack/shell/user-error.ts';

/** `./virtstack bench [NAME]`: each in a world of its own, so that nothing of this machine's is touched. */
export async function bench(name: string | undefined): Promise<void> {
  const names = readdirSync(`${root}/bench`).flatMap((file) =>
    file.endsWith('.bench.ts') ? [file.slice(0, -'.bench.ts'.length)] : [],
  );
  const chosen = name ? names.filter((each) => each === name) : names;
  if (chosen.length === 0) throw new UserError(`there is no bench ${name}; there are: ${names.join(', ')}.`);
  const { worldCommand } = (await import(`${root}/test/world.ts`)) as {
    worldCommand(argv: readonly string[], options: object): string[];
  };
  for (const each of chosen) {
    await prepareFor(each);
    process.stdout.write(`── ${each}\n`);
    const [program, ...args] = worldCommand(
      [process.execPath, '--disable-warning=ExperimentalWarning', `${root}/bench/${each}.bench.ts`],
      { libvirtd: false },
    );
    const code = await new Promise((resolve) => spawn(program!, args, { cwd: root, stdio: 'inherit' }).once('close', resolve));
    if (code !== 0) process.exitCode = 1;
  }
}

/** What a world cannot fetch for itself; the suite by whose name a bench's begins knows it, else the cloud's. */
async function prepareFor(name: string): Promise<void> {
  const [first] = name.split('-');
  const suite = existsSync(`${root}/test/${first}/prepare.ts`) ? first : 'cloud';
  await ((await import(`${root}/test/${suite}/prepare.ts`)) as { prepare(): Promise<void> }).prepare();
}
