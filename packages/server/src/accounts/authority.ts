/** The cloud's own certificate authority. */
export type Authority = {
  /** PEM; what a client needs to trust this cloud. */
  readonly certificate: string;
  /** Signs a request (PEM, PKCS#10) after checking its own signature; answers PEM. `names` and `addresses` become subject alternative names. */
  sign(
    request: string,
    subject: { commonName: string; names: readonly string[]; addresses: readonly string[]; days: number },
  ): Promise<string>;
  /** A fresh key and certificate (PEM) for this server's own ports. */
  issue(subject: {
    commonName: string;
    names: readonly string[];
    addresses: readonly string[];
    days: number;
  }): Promise<{ certificate: string; key: string }>;
  isRevoked(serial: string): Promise<boolean>;
};
