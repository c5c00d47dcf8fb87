import { setPreferences, type Theme, usePreferences } from "../../state/browser/preferences.ts";
import { MoonIcon, SunIcon, SystemThemeIcon } from "../marks/icons.tsx";

const NEXT: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };

export function ThemeToggle({ className }: { readonly className: string | undefined }) {
  const { theme } = usePreferences();
  const label = `Theme: ${theme}. Switch to ${NEXT[theme]}`;
  return (
    <button
      type="button"
      className={className}
      onClick={() => setPreferences({ theme: NEXT[theme] })}
      title={label}
      aria-label={label}
    >
      {theme === "system" ? <SystemThemeIcon /> : theme === "light" ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}
