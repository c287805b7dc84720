import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from 'react';
import { addressOf, navigate } from './location.ts';

type Props = AnchorHTMLAttributes<HTMLAnchorElement> & { readonly to: string; readonly children?: ReactNode };

/** A link inside the app: a plain click does not reload, every other click is the browser's. */
export const Link = ({ to, children, onClick, ...rest }: Props) => (
  <a
    {...rest}
    href={addressOf(to)}
    onClick={(event: MouseEvent<HTMLAnchorElement>) => {
      onClick?.(event);
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      navigate(to);
    }}
  >
    {children}
  </a>
);
