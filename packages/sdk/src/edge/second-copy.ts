/** In the place of `observability/second-copy.ts`: a bundle is one file, and each of its copies would be a bundle. */
export function warnOfSecondCopy(): void {}
