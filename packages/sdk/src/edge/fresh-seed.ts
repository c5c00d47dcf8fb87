/** In the place of `recording/fresh-seed.ts`: Cloudflare Workers allow no random numbers outside of a request. */
export function freshSeed(): number {
  return 0;
}
