// Over 300 lines: every icon of the page, a function each.
import type { ReactNode } from 'react'

/** 20 px line icons; decoration only, the control beside or around them has the words. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 20 20"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  )
}

export const ImageIcon = () => (
  <Icon>
    <rect x="2.5" y="3.5" width="15" height="13" rx="2.5" />
    <circle cx="7" cy="8" r="1.4" />
    <path d="m3 14.5 4-3.6 3 2.6 3.6-3.9 3.6 3.6" />
  </Icon>
)
export const CameraIcon = () => (
  <Icon>
    <path
      d="M3 7.2c0-1 .8-1.8 1.8-1.8h1.6l1.3-1.9h4.6l1.3 1.9h1.6
        c1 0 1.8.8 1.8 1.8v7c0 1-.8 1.8-1.8 1.8H4.8c-1 0-1.8-.8-1.8-1.8z"
    />
    <circle cx="10" cy="10.5" r="2.8" />
  </Icon>
)
export const DownloadIcon = () => (
  <Icon>
    <path d="M10 3v9.5M6 9l4 3.8L14 9M3.5 16.5h13" />
  </Icon>
)
export const CopyIcon = () => (
  <Icon>
    <rect x="7" y="7" width="10" height="10" rx="2" />
    <path d="M13 4.5V4a1 1 0 0 0-1-1H4a1 1 0 0 0-1 1v8a1 1 0 0 0 1 1h.5" />
  </Icon>
)
export const PenIcon = () => (
  <Icon>
    <path d="m3 17 .9-3.7L13.6 3.6a1.6 1.6 0 0 1 2.3 0l.5.5a1.6 1.6 0 0 1 0 2.3L6.7 16.1zM12 5.3l2.7 2.7" />
  </Icon>
)
export const DiceIcon = () => (
  <Icon>
    <rect x="3" y="3" width="14" height="14" rx="3.2" />
    <path d="M7 7h.01M13 7h.01M10 10h.01M7 13h.01M13 13h.01" strokeWidth="2.2" />
  </Icon>
)
export const LockIcon = ({ open }: { open: boolean }) => (
  <Icon>
    <rect x="4" y="9" width="12" height="8" rx="2" />
    <path d={open ? 'M7 9V6.2a3 3 0 0 1 5.7-1.3' : 'M7 9V6.2a3 3 0 0 1 6 0V9'} />
  </Icon>
)
export const CloseIcon = () => (
  <Icon>
    <path d="m5 5 10 10M15 5 5 15" />
  </Icon>
)
export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
)
export const ShieldIcon = () => (
  <Icon>
    <path d="M10 2.5 4 4.7v4.6c0 3.7 2.5 6.6 6 8.2 3.5-1.6 6-4.5 6-8.2V4.7z" />
    <path d="m7.3 9.8 1.9 1.9 3.5-3.6" />
  </Icon>
)
export const ChevronIcon = () => (
  <Icon>
    <path d="m6 8 4 4 4-4" />
  </Icon>
)
export const TrashIcon = () => (
  <Icon>
    <path
      d="M4 5.5h12M8 5.5V4a1 1 0 0 1 1-1h2a1 1 0 0 1 1 1v1.5M5.5 5.5
        l.7 10a1.5 1.5 0 0 0 1.5 1.5h4.6a1.5 1.5 0 0 0 1.5-1.5l.7-10"
    />
  </Icon>
)
export const ArrowsIcon = () => (
  <Icon>
    <path d="M7.5 6 3.5 10l4 4M12.5 6l4 4-4 4" />
  </Icon>
)
export const AlertIcon = () => (
  <Icon>
    <path d="M10 6.5v4.2M10 13.6h.01" strokeWidth="2" />
    <circle cx="10" cy="10" r="7.2" />
  </Icon>
)

export const MinusIcon = () => (
  <Icon>
    <path d="M4 10h12" />
  </Icon>
)
/** A hand that moves the photo: four arrows. */
export const HandIcon = () => (
  <Icon>
    <path
      d="M10 3v14M3 10h14M7.8 5.2 10 3l2.2 2.2M7.8 14.8 10 17
        l2.2-2.2M5.2 7.8 3 10l2.2 2.2M14.8 7.8 17 10l-2.2 2.2"
    />
  </Icon>
)
export const EraserIcon = () => (
  <Icon>
    <path
      d="M8.2 16.5H16M4 12.6l7.6-8.1a1.6 1.6 0 0 1 2.3 0l2.2 2.2
        a1.6 1.6 0 0 1 0 2.3l-7 7.5H6.6L4 14.6a1.4 1.4 0 0 1 0-2zM8 8.6l4.4 4.4"
    />
  </Icon>
)
/** A brush that brings back. */
export const RestoreIcon = () => (
  <Icon>
    <path
      d="m16.6 3.4-6.4 7.2M8.6 11.1
        c1.7 0 3 1.2 3 2.7 0 2.2-2.7 3.2-7.6 2.9 1.6-1.2 1.2-1.9 1.6-3.2.3-1.4 1.4-2.4 3-2.4z"
    />
  </Icon>
)
/** A dashed loop: paint only in here. */
export const RegionIcon = () => (
  <Icon>
    <path d="M10 3.4c4.2 0 7 2.7 7 6.200s-2.8 7-7 7-7-3.2-7-6.6 2.8-6.6 7-6.600z" strokeDasharray="3 2.6" />
    <path d="m8 12 .4-1.7 3.6-3.6 1.3 1.3-3.6 3.600z" />
  </Icon>
)
export const RegionOffIcon = () => (
  <Icon>
    <path d="M10 3.4c4.2 0 7 2.7 7 6.200s-2.8 7-7 7-7-3.2-7-6.6 2.8-6.6 7-6.600z" strokeDasharray="3 2.6" />
    <path d="M7.5 10h5" />
  </Icon>
)
export const UndoIcon = () => (
  <Icon>
    <path d="M7 4 3.5 7.5 7 11M3.5 7.500h8a4.5 4.5 0 0 1 0 9H7.5" />
  </Icon>
)
export const RedoIcon = () => (
  <Icon>
    <path d="m13 4 3.5 3.500L13 11M16.5 7.500h-8a4.5 4.5 0 0 0 0 9h4" />
  </Icon>
)
export const FitIcon = () => (
  <Icon>
    <path
      d="M3 7.200V5a2 2 0 0 1 2-2h2.200M12.8 3H15a2 2 0 0 1 2 2v2.200
        M17 12.800V15a2 2 0 0 1-2 2h-2.200M7.2 17H5a2 2 0 0 1-2-2v-2.2"
    />
  </Icon>
)
export const EyeIcon = () => (
  <Icon>
    <path d="M2.5 10S5.2 4.8 10 4.8 17.5 10 17.5 10 14.8 15.2 10 15.2 2.5 10 2.5 10z" />
    <circle cx="10" cy="10" r="2.3" />
  </Icon>
)
export const EyeOffIcon = () => (
  <Icon>
    <path
      d="M4.6 6.600C3.2 8 2.5 10 2.5 10s2.7 5.2 7.5 5.200c1.3 0 2.4-.4 3.4-.9M8.2 5
        c.6-.1 1.2-.2 1.8-.2 4.8 0 7.5 5.2 7.5 5.200s-.6 1.3-1.9 2.600M3.5 3.500l13 13"
    />
  </Icon>
)
/** Two halves of a picture. */
export const SliderIcon = () => (
  <Icon>
    <rect x="2.5" y="4" width="15" height="12" rx="2.2" />
    <path d="M10 2.500v15M5.5 10h1.500M13 10h1.5" />
  </Icon>
)
export const UpIcon = () => (
  <Icon>
    <path d="M10 16V4.500M5.5 9 10 4.5 14.5 9" />
  </Icon>
)
export const DownIcon = () => (
  <Icon>
    <path d="M10 4v11.500M5.5 11l4.5 4.500L14.5 11" />
  </Icon>
)
export const GripIcon = () => (
  <Icon>
    <path d="M8 5.500h.01M8 10h.01M8 14.500h.01M12 5.500h.01M12 10h.01M12 14.500h.01" strokeWidth="2.2" />
  </Icon>
)
export const AgainIcon = () => (
  <Icon>
    <path
      d="M16.5 9A6.6 6.6 0 0 0 4.6 6.400L3 8M3 3.800V8h4.200
        M3.5 11a6.6 6.6 0 0 0 11.9 2.600L17 12M17 16.200V12h-4.2"
    />
  </Icon>
)
export const ShareIcon = () => (
  <Icon>
    <path
      d="M10 12.500V3M6.5 6.2 10 2.800l3.5 3.400M5.5 9.500H4.800A1.8 1.8 0 0 0 3 11.300v4
        a1.8 1.8 0 0 0 1.8 1.800h10.400a1.8 1.8 0 0 0 1.8-1.800v-4a1.8 1.8 0 0 0-1.8-1.800h-.7"
    />
  </Icon>
)
export const SettingsIcon = () => (
  <Icon>
    <path d="M3 6h7M14.5 6H17M3 14h2.500M10 14h7" />
    <circle cx="12.2" cy="6" r="2.2" />
    <circle cx="7.8" cy="14" r="2.2" />
  </Icon>
)
export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.5 3.8 3.8 7.2-8.3" />
  </Icon>
)

export const SwapIcon = () => (
  <Icon>
    <path d="M3 7h11.500M11.5 4l3 3-3 3M17 13H5.500M8.5 10l-3 3 3 3" />
  </Icon>
)

/** The mark: a picture frame whose corner has become a pencil line. */
export const Logo = () => (
  <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" fill="none" strokeLinecap="round" strokeLinejoin="round">
    <path
      d="M27 15.5V9.8C27 7.1 24.9 5 22.2 5H9.8C7.1 5 5 7.1 5 9.8v12.4C5 24.9 7.1 27 9.8 27h4.4"
      stroke="currentColor"
      strokeWidth="2.6"
    />
    <circle cx="11.6" cy="11.6" r="2.1" fill="currentColor" />
    <path
      d="M13.2 22.6
        c2.2-4.6 5.2-6 6.2-4.5 1.2 1.9-3.4 4.6-1.3 6.3 1.9 1.5 4.3-5.4 6.4-4.3 1.7.9-.8 4.4.9 5.1 1.1.4 2-.4 2.6-1.3"
      stroke="var(--accent)"
      strokeWidth="2.7"
    />
  </svg>
)
/** A device with everything on it, or with something still to come. */
export const OfflineIcon = ({ state }: { state: 'saving' | 'ready' | 'incomplete' }) => (
  <Icon>
    <path d="M3.5 4.5h13v9h-13zM7.5 17h5M10 13.5V17" />
    <path
      d={
        state === 'ready'
          ? 'm7.4 9 1.9 1.9 3.4-3.6'
          : state === 'saving'
            ? 'M10 6.4v4M8.2 9l1.8 1.8L11.8 9'
            : 'M10 6.6v2.8M10 11.4h.01'
      }
    />
  </Icon>
)
export const GalleryIcon = () => (
  <Icon>
    <rect x="3" y="3" width="6" height="6" rx="1.6" />
    <rect x="11" y="3" width="6" height="6" rx="1.6" />
    <rect x="3" y="11" width="6" height="6" rx="1.6" />
    <rect x="11" y="11" width="6" height="6" rx="1.6" />
  </Icon>
)

export const ObjectIcon = () => (
  <Icon>
    <path d="M5 3.500 15.500 9l-4.700 1.500L8.800 15.500z" />
  </Icon>
)

export const FlipIcon = () => (
  <Icon>
    <path d="M10 3v14M7.500 6.500v7H3zM12.500 6.500v7H17z" />
  </Icon>
)

export const TurnIcon = () => (
  <Icon>
    <path d="M15.500 10A5.500 5.500 0 1 1 10 4.500h4M11.500 2 14 4.500 11.500 7" />
  </Icon>
)

/** A thing partly behind another. */
export const BackIcon = () => (
  <Icon>
    <circle cx="8" cy="12" r="5" />
    <path d="M8.500 4.500A1.500 1.500 0 0 1 10 3h5.500A1.500 1.500 0 0 1 17 4.500V10a1.500 1.500 0 0 1-1.500 1.500" />
  </Icon>
)

/** Head and shoulders, cut out. */
export const SubjectIcon = () => (
  <Icon>
    <circle cx="10" cy="7" r="3" />
    <path d="M4.500 16.500a5.500 5.500 0 0 1 11 0" />
  </Icon>
)

export const BoxIcon = () => (
  <Icon>
    <rect x="3" y="3.5" width="11" height="11" rx="1.5" strokeDasharray="2.6 2.4" />
    <path d="M15.5 12.5v6M12.5 15.5h6" />
  </Icon>
)
