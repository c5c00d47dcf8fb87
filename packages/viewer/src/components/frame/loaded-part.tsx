/** A part of the viewer that comes on its own: drawn immediately where it is there, else as soon as it is. */
import { type ComponentType, createElement, lazy, useState } from "react";

export interface Part<Props extends object> {
  /** Unlike `lazy` alone, which draws what stands in for a part once even where the part is there. */
  readonly component: () => ComponentType<Props>;
  /** Resolves when it is there. A failure is told where it is drawn, which tries again. */
  readonly load: () => Promise<void>;
}

export function partOf<Props extends object>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
): Part<Props> {
  let loaded: ComponentType<Props> | undefined;
  const loadOnce = async () => {
    const module = await load();
    loaded = module.default;
    return module;
  };
  const whenLoaded: ComponentType<Props> = lazy(loadOnce);
  return { component: () => loaded ?? whenLoaded, load: () => loadOnce().then(ignore, ignore) };
}

function ignore(): void {}

interface LoadedPartProps<Props extends object> {
  readonly part: Part<Props>;
  readonly props: Props;
}

export function LoadedPart<Props extends object>({ part, props }: LoadedPartProps<Props>) {
  // One component for as long as it is drawn: another one would begin anew.
  const [component] = useState(part.component);
  return createElement(component, props);
}
