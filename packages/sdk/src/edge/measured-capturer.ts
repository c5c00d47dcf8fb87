/**
 * In the place of `overhead/measured-capturer.ts`: Cloudflare's clock stands still while code runs, so that nothing can be
 * measured there.
 */
import { Capturer } from "../capture/index.ts";
import type { Clock } from "../contract/clock.ts";

export function payloadCapturer({ clock }: { readonly clock: Clock }): Capturer {
  return new Capturer({}, () => clock.monotonicMs());
}
