import {
  CancellationTokenSource,
  createMessageConnection,
  type Disposable,
  ErrorCodes,
  type Message,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
  NotificationType,
  ProgressType,
  RequestType,
  ResponseError,
} from 'vscode-jsonrpc/node';
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import type { Method, Notification, ParamsOf, ParsedParamsOf, ResultOf } from './method.ts';

/** How far something is; the unit is the method's own (bytes, where it says nothing). */
export type Progress = { readonly done: number; readonly total?: number };

/** An answer that is a refusal. `kind` is one word for the caller to branch on; `message` is for a person. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly kind: string;
  readonly detail: string | undefined;
  constructor(kind: string, message: string, detail?: string) {
    super(message);
    this.kind = kind;
    this.detail = detail;
  }
}

type Envelope = { params: unknown; progress?: string };
type HandlerContext = { signal: AbortSignal; progress(p: Progress): void };

const farewellMs = 1000;
const progressType = new ProgressType<Progress>();

/** One side of a conversation over a WebSocket: JSON-RPC with progress and cancellation, every message checked against its declared shape. */
export class Peer {
  readonly #connection: MessageConnection;
  readonly #socket: WebSocket;
  /** What cuts each call off that waits for an answer. */
  readonly #waiting = new Set<() => void>();
  #tokens = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.once('close', () => {
      for (const cutOff of this.#waiting) cutOff();
    });
    this.#connection = createMessageConnection(new SocketReader(socket), new SocketWriter(socket));
  }

  /** Begin to read; set handlers before. */
  listen(): void {
    this.#connection.listen();
  }

  get closed(): boolean {
    return this.#socket.readyState >= this.#socket.CLOSING;
  }

  /** Says farewell; who does not answer it is gone, and is not waited for. */
  close(code = 1000, reason = ''): void {
    this.#socket.close(code, reason);
    const end = setTimeout(() => this.#socket.terminate(), farewellMs).unref();
    this.#socket.once('close', () => clearTimeout(end));
  }

  onClose(callback: () => void): void {
    this.#socket.once('close', callback);
  }

  /** @throws {PeerError} the other side refused (its kind), is too old to know the method (`unknown-method`), went away (`disconnected`), or did not answer in time (`timeout`). */
  async call<M extends Method<z.ZodType, z.ZodType>>(
    method: M,
    params: ParamsOf<M>,
    options: { signal?: AbortSignal; timeoutMs?: number; onProgress?: (p: Progress) => void } = {},
  ): Promise<ResultOf<M>> {
    if (this.closed) throw new PeerError('disconnected', 'The connection is closed.');
    const cancel = new CancellationTokenSource();
    const token = `p${++this.#tokens}`;
    const listener: Disposable | undefined =
      options.onProgress && this.#connection.onProgress(progressType, token, options.onProgress);
    const envelope: Envelope = { params, ...(options.onProgress && { progress: token }) };
    let timer: NodeJS.Timeout | undefined;
    let closed: () => void = () => {};
    let aborted: () => void = () => {};
    try {
      const answer = this.#connection.sendRequest(
        new RequestType<Envelope, unknown, unknown>(method.name),
        envelope,
        cancel.token,
      );
      const cut = new Promise<never>((_, reject) => {
        closed = () => reject(new PeerError('disconnected', `The connection closed before ${method.name} was answered.`));
        aborted = () => reject(options.signal?.reason ?? new PeerError('aborted', `${method.name} was given up.`));
        this.#waiting.add(closed);
        options.signal?.addEventListener('abort', aborted, { once: true });
        if (options.signal?.aborted) aborted();
        if (options.timeoutMs)
          timer = setTimeout(
            () =>
              reject(
                new PeerError('timeout', `${method.name} was not answered within ${Math.round(options.timeoutMs! / 1000)} s.`),
              ),
            options.timeoutMs,
          );
      });
      return method.result.parse(await Promise.race([answer, cut])) as ResultOf<M>;
    } catch (error) {
      if (!this.closed) cancel.cancel();
      if (error instanceof ResponseError) {
        const data = (error.data ?? {}) as { kind?: string; detail?: string };
        if (error.code === ErrorCodes.MethodNotFound)
          throw new PeerError('unknown-method', `The other side does not know ${method.name}: it is older than this one.`);
        throw new PeerError(data.kind ?? 'internal', error.message, data.detail);
      }
      throw error;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(closed);
      options.signal?.removeEventListener('abort', aborted);
      listener?.dispose();
      cancel.dispose();
    }
  }

  notify<N extends Notification<z.ZodType>>(notification: N, params: ParamsOf<N>): void {
    if (this.closed) return;
    void this.#connection.sendNotification(new NotificationType<unknown>(notification.name), params).catch(() => {});
  }

  handle<M extends Method<z.ZodType, z.ZodType>>(
    method: M,
    handler: (params: ParsedParamsOf<M>, context: HandlerContext) => Promise<ParamsOf<{ params: M['result'] }>>,
  ): void {
    this.#connection.onRequest(new RequestType<Envelope, unknown, unknown>(method.name), async (envelope, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort(new PeerError('aborted', `${method.name} was cancelled by its caller.`)));
      const progress = (p: Progress): void => {
        if (envelope.progress) void this.#connection.sendProgress(progressType, envelope.progress, p).catch(() => {});
      };
      const parsed = method.params.safeParse(envelope?.params);
      if (!parsed.success) return refusal('invalid', `${method.name}: ${parsed.error.message}`);
      try {
        return await handler(parsed.data as ParsedParamsOf<M>, { signal: abort.signal, progress });
      } catch (error) {
        if (error instanceof PeerError) return refusal(error.kind, error.message, error.detail);
        return refusal(
          'internal',
          error instanceof Error ? error.message : String(error),
          error instanceof Error ? error.stack : undefined,
        );
      }
    });
  }

  on<N extends Notification<z.ZodType>>(notification: N, handler: (params: ParsedParamsOf<N>) => void): void {
    this.#connection.onNotification(new NotificationType<unknown>(notification.name), (params) => {
      const parsed = notification.params.safeParse(params);
      if (parsed.success) handler(parsed.data as ParsedParamsOf<N>);
    });
  }
}

const refusal = (kind: string, message: string, detail?: string): ResponseError<unknown> =>
  new ResponseError(-32000, message, { kind, detail });

class SocketReader implements MessageReader {
  readonly #socket: WebSocket;
  constructor(socket: WebSocket) {
    this.#socket = socket;
  }
  readonly onError = (): Disposable => ({ dispose() {} });
  readonly onPartialMessage = (): Disposable => ({ dispose() {} });
  readonly onClose = (listener: (data: undefined) => void): Disposable => {
    const call = (): void => listener(undefined);
    this.#socket.on('close', call);
    return { dispose: () => this.#socket.off('close', call) };
  };
  listen(callback: (message: Message) => void): Disposable {
    const receive = (data: Buffer): void => {
      try {
        callback(JSON.parse(data.toString('utf8')) as Message);
      } catch {
        this.#socket.close(1007, 'not JSON');
      }
    };
    this.#socket.on('message', receive);
    return { dispose: () => this.#socket.off('message', receive) };
  }
  dispose(): void {}
}

class SocketWriter implements MessageWriter {
  readonly #socket: WebSocket;
  constructor(socket: WebSocket) {
    this.#socket = socket;
  }
  readonly onError = (): Disposable => ({ dispose() {} });
  readonly onClose = (): Disposable => ({ dispose() {} });
  write(message: Message): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#socket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve())),
    );
  }
  end(): void {}
  dispose(): void {}
}
