/** Encrypts what is secret before it reaches the database (AES-256-GCM, the key is a file outside it). `purpose` is bound to the ciphertext. */
export type Secrets = {
  seal(plain: string, purpose: string): Buffer;
  /** @throws {Error} it was sealed with another key or for another purpose. */
  open(sealed: Buffer, purpose: string): string;
};
