/** Heard by every server, with the serial number, when a certificate was revoked. */
export const revokedChannel = 'virtstack_revoked';
/** Heard by every server, with the guid, when a host was added or removed. */
export const hostChannel = 'virtstack_host';
