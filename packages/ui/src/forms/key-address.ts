/** What an authenticator app reads from a QR code (Google’s Key URI format). */
export const keyAddress = (issuer: string, user: string, secret: string): string => {
  const name = [issuer, user].filter(Boolean).map(encodeURIComponent).join(':');
  return `otpauth://totp/${name}?secret=${secret}${issuer && `&issuer=${encodeURIComponent(issuer)}`}`;
};

/** In groups of four, to be typed. */
export const spelled = (secret: string): string => secret.match(/.{1,4}/g)?.join(' ') ?? '';
