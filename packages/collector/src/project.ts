/** Every key in a store begins with a project. Until tokens name theirs, all spans belong to this one. */
export const DEFAULT_PROJECT = "default";
