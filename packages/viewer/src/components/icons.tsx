/** Icons as inline SVG on a 16-unit grid, drawn with the text's colour. They decorate; words stand beside them. */
import type { ReactNode } from "react";
import type { SpanKind } from "../model/span-kind.ts";

function Icon({ children, size = 16 }: { readonly children: ReactNode; readonly size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const LogoIcon = () => (
  <svg className="icon" width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
    <rect x="1" y="3" width="18" height="4" rx="2" fill="currentColor" />
    <rect x="4" y="9" width="8" height="4" rx="2" fill="currentColor" opacity="0.75" />
    <rect x="9" y="15" width="10" height="4" rx="2" fill="currentColor" opacity="0.5" />
  </svg>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.25" />
    <path d="m10.25 10.25 3.25 3.25" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
);
export const ChevronIcon = () => (
  <Icon size={14}>
    <path d="m6 4 4 4-4 4" />
  </Icon>
);
export const BackIcon = () => (
  <Icon>
    <path d="M13 8H3m4-4L3 8l4 4" />
  </Icon>
);
export const UpIcon = () => (
  <Icon size={14}>
    <path d="m4 10 4-4 4 4" />
  </Icon>
);
export const DownIcon = () => (
  <Icon size={14}>
    <path d="m4 6 4 4 4-4" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon size={14}>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon size={14}>
    <path d="m3 8.5 3.25 3.25L13 5" />
  </Icon>
);
export const ErrorIcon = () => (
  <Icon size={14}>
    <path d="M5.5 1.75h5l3.75 3.75v5l-3.75 3.75h-5L1.75 10.5v-5z" />
    <path d="M8 5v3.5M8 11h.01" />
  </Icon>
);
export const WarningIcon = () => (
  <Icon size={14}>
    <path d="M8 2.25 14.5 13.5h-13z" />
    <path d="M8 6.5v3M8 11.5h.01" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="2.75" />
    <path d="M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M13.25 9.75A5.75 5.75 0 1 1 6.25 2.75a4.5 4.5 0 0 0 7 7z" />
  </Icon>
);
export const SystemThemeIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.75" />
    <path d="M8 2.25v11.5A5.75 5.75 0 0 0 8 2.25z" fill="currentColor" stroke="none" />
  </Icon>
);
export const FoldIcon = () => (
  <Icon>
    <path d="m5 2.5 3 3 3-3M5 13.5l3-3 3 3M2.5 8h11" />
  </Icon>
);
export const UnfoldIcon = () => (
  <Icon>
    <path d="m5 4.5 3-3 3 3M5 11.5l3 3 3-3M2.5 8h11" />
  </Icon>
);
export const KeyboardIcon = () => (
  <Icon>
    <rect x="1.5" y="4" width="13" height="8.5" rx="1.5" />
    <path d="M4.5 7h.01M7 7h.01M9.5 7h.01M12 7h.01M5 10h6" />
  </Icon>
);
export const SystemIcon = () => (
  <Icon size={14}>
    <circle cx="8" cy="8" r="2.25" />
    <path d="M8 1.75v2M8 12.25v2M1.75 8h2M12.25 8h2M3.6 3.6 5 5M11 11l1.4 1.4M3.6 12.4 5 11M11 5l1.4-1.4" />
  </Icon>
);
export const UserIcon = () => (
  <Icon size={14}>
    <circle cx="8" cy="5.25" r="2.75" />
    <path d="M2.75 13.75a5.25 5.25 0 0 1 10.5 0" />
  </Icon>
);
export const ModelIcon = () => (
  <Icon size={14}>
    <path d="M8 1.75c.5 3.75 2.5 5.75 6.25 6.25C10.5 8.5 8.5 10.5 8 14.25 7.5 10.5 5.5 8.5 1.75 8 5.5 7.5 7.5 5.5 8 1.75z" />
  </Icon>
);
export const ToolIcon = () => (
  <Icon size={14}>
    <path d="m2.5 4.5 3.5 3.5-3.5 3.5M8.5 12h5" />
  </Icon>
);

const KIND_ICONS: Readonly<Record<SpanKind, ReactNode>> = {
  agent: (
    <Icon size={14}>
      <circle cx="8" cy="3.25" r="1.5" />
      <circle cx="3.5" cy="12.25" r="1.5" />
      <circle cx="12.5" cy="12.25" r="1.5" />
      <path d="M8 4.75V8M3.5 10.75V9.5A1.5 1.5 0 0 1 5 8h6a1.5 1.5 0 0 1 1.5 1.5v1.25" />
    </Icon>
  ),
  model: <ModelIcon />,
  tool: <ToolIcon />,
  retrieval: (
    <Icon size={14}>
      <ellipse cx="8" cy="3.75" rx="5" ry="2" />
      <path d="M3 3.75v8.5c0 1.1 2.24 2 5 2s5-.9 5-2v-8.5M3 8c0 1.1 2.24 2 5 2s5-.9 5-2" />
    </Icon>
  ),
  check: (
    <Icon size={14}>
      <path d="M8 1.75 13 3.5v4c0 3.25-2 5.5-5 6.75-3-1.25-5-3.5-5-6.75v-4z" />
      <path d="m5.75 8 1.5 1.5 3-3" />
    </Icon>
  ),
  text: (
    <Icon size={14}>
      <path d="M3 4h10M3 8h10M3 12h6" />
    </Icon>
  ),
  other: (
    <Icon size={14}>
      <rect x="3" y="3" width="10" height="10" rx="2" />
    </Icon>
  ),
};

export function KindIcon({ kind }: { readonly kind: SpanKind }) {
  return (
    <span className="kind-icon" data-kind={kind}>
      {KIND_ICONS[kind]}
    </span>
  );
}
