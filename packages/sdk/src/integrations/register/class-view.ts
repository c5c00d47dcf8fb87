/**
 * An instance seen as its classes: what is read is read from the instance and the objects that it has, and a method that is
 * defined here lands on the class that has it. So whatever observes one instance observes all, also those that a program
 * makes later. What an instance has for itself alone is not changed.
 */
export function classView<Instance extends object>(instance: Instance): Instance {
  return new Proxy(instance, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "object" && value !== null ? classView(value) : value;
    },
    defineProperty: (target, name, descriptor) => {
      if (Object.hasOwn(target, name)) return false;
      const owner = ownerOf(target, name);
      return owner !== undefined && Reflect.defineProperty(owner, name, descriptor);
    },
  });
}

function ownerOf(instance: object, name: PropertyKey): object | undefined {
  let owner: object | null = Object.getPrototypeOf(instance);
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
  return owner === null || owner === Object.prototype ? undefined : owner;
}
