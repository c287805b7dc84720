import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';

type Message = { readonly QMP?: unknown; readonly return?: unknown; readonly error?: { readonly desc: string } };

/** Says one command to a QEMU and answers what it returned. @throws {Error} QEMU's own words, or the socket's. */
export async function qmp(socket: string, command: string, values: object = {}): Promise<unknown> {
  const connection = createConnection(socket);
  const say = (execute: string, args: object): void => {
    connection.write(`${JSON.stringify({ execute, arguments: args })}\n`);
  };
  try {
    let capable = false;
    for await (const line of createInterface(connection)) {
      const message = JSON.parse(line) as Message;
      if (message.error) throw new Error(`${command}: ${message.error.desc}`);
      if (message.QMP) say('qmp_capabilities', {});
      if (!('return' in message)) continue;
      if (capable) return message.return;
      capable = true;
      say(command, values);
    }
    throw new Error(`${command}: the emulator has closed the connection`);
  } finally {
    connection.destroy();
  }
}

/** A command of QEMU's human monitor. @throws {Error} with what it answered: it is silent when all went well. */
export async function monitor(socket: string, line: string): Promise<void> {
  const answer = String(await qmp(socket, 'human-monitor-command', { 'command-line': line })).trim();
  if (answer) throw new Error(`${line}: ${answer}`);
}
