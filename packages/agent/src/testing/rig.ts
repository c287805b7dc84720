import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { agentMethods, type GuestDocument, type Method, type ParamsOf, type ResultOf } from '@virtstack/protocol';
import type { z } from 'zod';
import { bootSector } from './boot-sector.ts';
import { type Authority, authority } from './certificates.ts';
import { TestServer } from './server.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const finish = promisify(execFile);

export const virsh = async (...args: string[]): Promise<string> => (await finish('virsh', ['--quiet', ...args])).stdout.trim();
export const command = async (file: string, ...args: string[]): Promise<string> => (await finish(file, args)).stdout.trim();

export type RigOptions = {
  /** Another rig whose authority signs for this one, too, and whose pool is this one's. */
  readonly beside?: Rig;
  readonly dataDir?: string;
  /** The address under which other hosts know this one. */
  readonly address?: string;
  /** What brings a program into the world in which the agent runs. */
  readonly prefix?: readonly string[];
  /** The agent's program, in place of this checkout's, with the starter that keeps it. */
  readonly program?: { readonly file: string; readonly starter: string };
};

/** A server, and an agent in a process of its own, against this world's libvirtd. */
export class Rig {
  readonly directory = mkdtempSync(join(tmpdir(), 'agent-'));
  readonly guid = randomUUID();
  readonly authority: Authority;
  readonly pool: string;
  readonly dataDir: string;
  server!: TestServer;
  process: ChildProcess | undefined;
  /** With the agent's certificates, under the names that libvirt expects of a client. */
  readonly pki = join(this.directory, 'pki');
  readonly address: string | undefined;
  readonly program: RigOptions['program'];
  prefix: readonly string[];
  #epoch = 100;

  constructor({ beside, dataDir, address, prefix = [], program }: RigOptions = {}) {
    this.program = program;
    // What runs with less rights must pass through.
    chmodSync(this.directory, 0o711);
    this.authority = beside?.authority ?? authority(this.directory);
    this.pool = beside?.pool ?? join(this.directory, 'pool');
    this.dataDir = dataDir ?? join(this.directory, 'data');
    this.address = address;
    this.prefix = prefix;
    this.#certify();
  }

  #certify(): void {
    const { certificate, key } = this.authority.issue(this.guid, this.address === undefined ? [] : [this.address]);
    mkdirSync(this.pki);
    copyFileSync(this.authority.ca, join(this.pki, 'cacert.pem'));
    copyFileSync(certificate, join(this.pki, 'clientcert.pem'));
    copyFileSync(key, join(this.pki, 'clientkey.pem'));
  }

  static async start(options: RigOptions = {}): Promise<Rig> {
    const rig = new Rig(options);
    await rig.begin();
    return rig;
  }

  /** Starts the server, and the agent. */
  async begin(): Promise<void> {
    this.server = await TestServer.listen(this.authority);
    await this.startAgent();
  }

  /** Starts the agent and waits until it has said hello. */
  async startAgent(): Promise<void> {
    const from = this.server.agents.all.length;
    this.spawnAgent();
    await this.server.agents
      .next(() => true, { from, timeoutMs: 60_000 })
      .catch((error: Error) => {
        throw new Error(`${error.message}\n${this.log()}`);
      });
  }

  spawnAgent(): void {
    const file = join(this.directory, 'agent.json');
    writeFileSync(
      file,
      JSON.stringify({
        server: `${this.server.url}/agent`,
        ca: join(this.pki, 'cacert.pem'),
        certificate: join(this.pki, 'clientcert.pem'),
        key: join(this.pki, 'clientkey.pem'),
        guid: this.guid,
        dataDir: this.dataDir,
        program: this.program?.file,
      }),
    );
    const agent = this.program ? ['sh', this.program.starter] : [process.execPath, main];
    const [program, ...args] = [...this.prefix, ...agent, file];
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(this.directory, 'agent.log'), { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.process = child;
  }

  log(): string {
    return readFileSync(join(this.directory, 'agent.log'), 'utf8');
  }

  async stopAgent(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.process!;
    this.process = undefined;
    if (child.exitCode !== null) return child.exitCode;
    const closed = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return closed;
  }

  async dispose(): Promise<void> {
    if (this.process) await this.stopAgent('SIGKILL');
    await this.server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Asks the agent that spoke last. */
  call<M extends Method<z.ZodType, z.ZodType>>(method: M, params: ParamsOf<M>, timeoutMs = 60_000): Promise<ResultOf<M>> {
    return this.server.agents.all.at(-1)!.peer.call(method, params, { timeoutMs });
  }

  /** Opens a guest's console as a viewer of the cloud. */
  async console(uuid: string) {
    const stream = randomUUID();
    const coming = this.server.streams.next(({ id }) => id === stream);
    coming.catch(() => {});
    await this.call(agentMethods.openConsole, { uuid, stream });
    const { socket, chunks } = await coming;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const text = (): string => Buffer.concat(chunks.all).toString('latin1');
    const heard = async (words: string, timeoutMs = 10_000): Promise<void> => {
      await chunks.next(() => text().includes(words), { from: 0, timeoutMs });
    };
    return { socket, closed, heard, text, type: (words: string) => socket.send(Buffer.from(words)) };
  }

  epoch(): number {
    this.#epoch += 1;
    return this.#epoch;
  }

  /** The boot sector, or another disk, as an image in the pool, and its id. */
  async image(content: Buffer = bootSector(), format: 'raw' | 'qcow2' = 'raw'): Promise<string> {
    const id = randomUUID();
    await this.call(agentMethods.preparePool, { path: this.pool });
    this.server.images.set(`/images/${id}`, content);
    const url = `${this.server.url.replace('wss', 'https')}/images/${id}`;
    await this.call(agentMethods.fetchImage, {
      pool: this.pool,
      id,
      url,
      sha512: createHash('sha512').update(content).digest('hex'),
      format,
    });
    return id;
  }

  /** A volume of its own, on top of an image or empty, as a disk of a guest. */
  async disk(slot: number, image?: string, sizeBytes = 1 << 20): Promise<GuestDocument['disks'][number]> {
    const wanted = { pool: this.pool, id: randomUUID(), sizeBytes, epoch: this.epoch(), ...(image && { image }) };
    const { path, format } = await this.call(agentMethods.createVolume, wanted);
    return { slot, path, format, readOnly: false };
  }

  /** A guest of its own that boots the image; its volume is made. */
  async guest(image: string, more: Partial<GuestDocument> = {}, sizeBytes = 1 << 20): Promise<GuestDocument> {
    const disk = await this.disk(0, image, sizeBytes);
    const uuid = randomUUID();
    return { uuid, name: `i-${uuid.slice(0, 8)}`, vcpus: 1, memoryKiB: 32_768, disks: [disk], nics: [], channels: [], ...more };
  }
}
