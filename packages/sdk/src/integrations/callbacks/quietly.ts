/** Runs what a framework's callback does for us: a fault of ours is no fault of the application's. */
export function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // Nothing that the application could do about it.
  }
}
