/** Replaces a method or a getter of a class, to plant a bug in it; answers how to put the original back. */
export function redefine<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  change: (original: PropertyDescriptor) => PropertyDescriptor,
): () => void {
  const original = Object.getOwnPropertyDescriptor(target, name);
  if (original === undefined) throw new Error(`there is no ${String(name)} to break`);
  Object.defineProperty(target, name, { ...original, ...change(original) });
  return () => Object.defineProperty(target, name, original);
}
