/** The server's refusal, in its words. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** The server could not be reached. */
export class ServerLost extends Error {}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The parameter that a refusal is about, if it is one of these. */
export const fieldOf = (error: unknown, fields: readonly string[]): string | undefined => {
  const named = /parameter:? (\w+)/i.exec(textOf(error))?.[1]?.toLowerCase();
  return fields.find((field) => field === named);
};
