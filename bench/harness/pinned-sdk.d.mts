export function pinSdk(folder: string): string;
