/**
 * A test's document lays nothing out, so a virtual list in it would have no height and no rows: this gives it one.
 * @param rowHeight of what a virtual list measures
 */
export function giveLayout(width: number, height: number, rowHeight = height): void {
  for (const [name, value] of Object.entries({
    clientWidth: width,
    clientHeight: height,
    offsetWidth: width,
    offsetHeight: height,
  })) {
    let owner: object = document.createElement("div");
    while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
    const isHeight = name.endsWith("Height");
    Object.defineProperty(owner, name, {
      configurable: true,
      get(this: HTMLElement) {
        return isHeight && this.dataset?.index !== undefined ? rowHeight : value;
      },
    });
  }
}
