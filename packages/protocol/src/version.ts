/** What both sides speak. What is added is optional to the other side; raised when a peer of the previous number would misunderstand. */
export const PROTOCOL_VERSION = 1;
/** The oldest that is still understood: that of the previous release, so that hosts need not be updated in one stroke with their servers. */
export const OLDEST_PROTOCOL = 1;

/** What a side says of itself: the number that it speaks, and the oldest that it understands (absent: no other). */
export type Speaking = { readonly protocol: number; readonly oldest?: number | undefined };

/** Whether two sides understand each other: the newer one knows the older one's words. */
export const understand = (other: Speaking, own: Speaking = { protocol: PROTOCOL_VERSION, oldest: OLDEST_PROTOCOL }): boolean => {
  const [older, newer] = other.protocol <= own.protocol ? [other, own] : [own, other];
  return older.protocol >= (newer.oldest ?? newer.protocol);
};
