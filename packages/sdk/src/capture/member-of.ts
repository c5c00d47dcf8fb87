/** The member of this name; undefined where there is no object or no member, or reading it throws. */
export function memberOf(object: unknown, name: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
