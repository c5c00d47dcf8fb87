/** Icons, drawn with the text's colour. They decorate; words stand beside them. */
import {
  ArrowLeft,
  Bot,
  ChartColumn,
  ChartGantt,
  Check,
  ChevronDown,
  ChevronRight,
  ChevronUp,
  Columns3,
  Command,
  Contrast,
  Copy,
  Database,
  Download,
  Ellipsis,
  FoldVertical,
  Keyboard,
  List,
  type LucideIcon,
  MessagesSquare,
  Moon,
  Network,
  OctagonAlert,
  Printer,
  Rows3,
  Search,
  Settings,
  ShieldCheck,
  Sparkles,
  Square,
  SquareTerminal,
  Sun,
  Table2,
  Text,
  Timer,
  TriangleAlert,
  UnfoldVertical,
  Unplug,
  User,
  WalletCards,
  X,
} from "lucide-react";
import type { SpanKind } from "../../model/trace/span-kind.ts";

function icon(Glyph: LucideIcon, size = 16) {
  return function Icon() {
    return <Glyph className="icon" size={size} strokeWidth={1.75} aria-hidden="true" />;
  };
}

export const LogoIcon = () => (
  <svg className="icon" width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
    <rect x="1" y="3" width="18" height="4" rx="2" fill="currentColor" />
    <rect x="4" y="9" width="8" height="4" rx="2" fill="currentColor" opacity="0.75" />
    <rect x="9" y="15" width="10" height="4" rx="2" fill="currentColor" opacity="0.5" />
  </svg>
);

export const SearchIcon = icon(Search);
export const CloseIcon = icon(X);
export const ChevronIcon = icon(ChevronRight, 14);
export const BackIcon = icon(ArrowLeft);
export const UpIcon = icon(ChevronUp, 14);
export const DownIcon = icon(ChevronDown, 14);
export const CopyIcon = icon(Copy, 14);
export const CheckIcon = icon(Check, 14);
export const ErrorIcon = icon(OctagonAlert, 14);
export const WarningIcon = icon(TriangleAlert, 14);
export const TimeIcon = icon(Timer, 14);
export const MoneyIcon = icon(WalletCards, 14);
export const SunIcon = icon(Sun);
export const MoonIcon = icon(Moon);
export const SystemThemeIcon = icon(Contrast);
export const FoldIcon = icon(FoldVertical);
export const UnfoldIcon = icon(UnfoldVertical);
export const KeyboardIcon = icon(Keyboard);
export const RunsIcon = icon(List, 18);
export const SessionsIcon = icon(MessagesSquare, 18);
export const OverviewIcon = icon(ChartColumn, 18);
export const LossesIcon = icon(Unplug, 18);
export const PaletteIcon = icon(Command, 18);
export const StoryIcon = icon(Rows3, 14);
export const TimelineIcon = icon(ChartGantt, 14);
export const TableIcon = icon(Table2, 14);
export const MoreIcon = icon(Ellipsis);
export const ExportIcon = icon(Download, 14);
export const PrintIcon = icon(Printer, 14);
export const ColumnsIcon = icon(Columns3);
export const SystemIcon = icon(Settings, 14);
export const UserIcon = icon(User, 14);
export const ModelIcon = icon(Sparkles, 14);
export const ToolIcon = icon(SquareTerminal, 14);
export const AgentIcon = icon(Bot, 14);

const KIND_ICONS: Readonly<Record<SpanKind, () => React.ReactNode>> = {
  agent: icon(Network, 14),
  model: ModelIcon,
  tool: ToolIcon,
  retrieval: icon(Database, 14),
  check: icon(ShieldCheck, 14),
  text: icon(Text, 14),
  other: icon(Square, 14),
};

export function KindIcon({ kind }: { readonly kind: SpanKind }) {
  const Glyph = KIND_ICONS[kind];
  return (
    <span className="kind-icon" data-kind={kind}>
      <Glyph />
    </span>
  );
}
