/** Server data in components. Resources outlive their components for a while, so that "back" shows its page at once. */
import { useSyncExternalStore } from "react";
import { type ServerData, ServerResource } from "./server-resource.ts";

const MAX_KEPT = 16;

const resources = new Map<string, ServerResource<unknown>>();

/** @param key names what is loaded; the same key must always mean the same `load` */
export function serverResource<T>(key: string, load: (signal: AbortSignal) => Promise<T>): ServerResource<T> {
  const known = resources.get(key);
  if (known !== undefined) {
    resources.delete(key);
    resources.set(key, known);
    return known as ServerResource<T>;
  }
  const resource = new ServerResource<T>(load);
  resources.set(key, resource as ServerResource<unknown>);
  const [oldest] = resources.keys();
  if (resources.size > MAX_KEPT && oldest !== undefined) resources.delete(oldest);
  return resource;
}

export function useServerData<T>(resource: ServerResource<T>): ServerData<T> {
  return useSyncExternalStore(resource.subscribe, resource.snapshot);
}
