/** Heard by every server, with the guid, when a host was added or removed. */
export const hostChannel = 'virtstack_host';
