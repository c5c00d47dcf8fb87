/** A module of Node.js, where the runtime has it. It need not: nothing is imported that might be missing. */
export function builtIn<T>(name: string): T | undefined {
  try {
    const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
    return process?.getBuiltinModule?.(name) as T | undefined;
  } catch {
    return undefined;
  }
}
