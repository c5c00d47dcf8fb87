/** One spelling for search: compatibility forms and cases made equal. */
export function foldText(text: string): string {
  return text.normalize("NFKC").toLowerCase().normalize("NFKC");
}
