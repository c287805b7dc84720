import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** The address of every machine's NIC. */
export const mac = '52:54:00:00:00:01';

/** A guest on an emulated machine, its console in `text`; two channels have their sockets beside its disk. */
export class Machine implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly sshPort: number;
  text = '';
  #seen = 0;
  #changed = Promise.withResolvers<void>();

  /** Without a serial port the console is `hvc0`, once its driver is there. */
  constructor(disk: string, seed: string, sshPort: number, { serialPort = true } = {}) {
    this.sshPort = sshPort;
    const drive = (id: string, file: string, options: string): string[] => [
      '-drive',
      `if=none,id=${id},file=${file},${options}`,
      '-device',
      `virtio-blk-pci,drive=${id}`,
    ];
    this.process = spawn('qemu-system-x86_64', [
      ...[
        '-machine',
        'q35,accel=tcg',
        '-m',
        '128',
        '-nodefaults',
        '-display',
        'none',
        '-monitor',
        `unix:${disk}.monitor,server,nowait`,
      ],
      ...drive('root', disk, 'format=qcow2'),
      ...drive('seed', seed, 'format=raw,readonly=on'),
      ...[
        '-netdev',
        `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${sshPort}-:22`,
        '-device',
        `virtio-net-pci,netdev=net,mac=${mac},romfile=`,
      ],
      ...[
        '-device',
        'virtio-serial-pci',
        '-chardev',
        'stdio,id=console,signal=off',
        '-device',
        serialPort ? 'isa-serial,chardev=console' : 'virtconsole,chardev=console',
      ],
      ...['channel', 'store'].flatMap((id) => [
        '-chardev',
        `socket,id=${id},path=${disk}.${id},server=on,wait=off`,
        '-device',
        `virtserialport,chardev=${id},name=org.example.${id}`,
      ]),
    ]);
    this.process.stdout!.setEncoding('latin1').on('data', (chunk: string) => {
      this.text += chunk;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    });
    this.process.stderr!.on('data', (chunk: Buffer) => (this.text += chunk));
    this.process.once('exit', () => this.#changed.resolve());
  }

  /** Waits until the console has shown the pattern after what was matched before. @throws after 120 s, or when the machine ended. */
  async expect(pattern: RegExp): Promise<RegExpExecArray> {
    const end = Date.now() + 120_000;
    for (;;) {
      const found = new RegExp(pattern.source, 'm').exec(this.text.slice(this.#seen));
      if (found) {
        this.#seen += found.index + found[0].length;
        return found;
      }
      if (this.process.exitCode !== null || Date.now() > end)
        throw new Error(`No ${pattern} on the console:\n${this.text.slice(this.#seen)}`);
      const timer = setTimeout(() => this.#changed.resolve(), end - Date.now());
      await this.#changed.promise;
      clearTimeout(timer);
    }
  }

  type(line: string): void {
    this.process.stdin!.write(`${line}\n`);
  }

  /** One line's output at a logged-in shell. */
  async shell(line: string): Promise<string> {
    this.type(`${line}; echo "=$?="`);
    await this.expect(/"=\$\?="\r?\n/);
    const [text] = await this.expect(/[\s\S]*?=\d+=\r?\n/);
    await this.expect(/\$ /);
    return text!
      .replace(/=\d+=\r?\n$/, '')
      .replaceAll('\r', '')
      .trim();
  }

  async login(password: string): Promise<void> {
    await this.expect(/login: /);
    this.type('tiny');
    await this.expect(/Password: /);
    this.type(password);
    await this.expect(/\$ /);
    // Long lines must come back unbroken.
    this.type('stty cols 999');
    await this.expect(/\$ /);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await gone;
  }
}

/** A port of loopback that is free now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Says one line to the machine's monitor. */
export const monitor = (disk: string, line: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(`${disk}.monitor`)
      .once('error', reject)
      .once('close', () => resolve());
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith('(qemu) ') && !text.includes(line)) socket.write(`${line}\n`);
      else if (text.includes(line) && text.endsWith('(qemu) ')) socket.end();
    });
  });

/** The host's end of a machine's channel. @throws where the machine has not made its socket within 10 s. */
export const channelOf = async (disk: string, name: 'channel' | 'store'): Promise<Socket> => {
  for (const end = Date.now() + 10_000; ; ) {
    const socket = createConnection(`${disk}.${name}`);
    const [failed] = await Promise.race([once(socket, 'connect').then(() => []), once(socket, 'error')]);
    if (!failed) return socket;
    if (Date.now() > end) throw failed;
    await pause(20);
  }
};
