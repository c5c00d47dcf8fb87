/** A link within the viewer: a real one (new tab, copy address), followed without loading the page again. */
import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { navigate } from "../../state/address/location.ts";

export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { readonly href: string }) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
