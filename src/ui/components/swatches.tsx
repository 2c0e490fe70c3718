import { useId, type ReactNode } from 'react'

/**
 * Thumbnails of the styles, drawn here for the cards alone: a hint of each hand over the same little cat. The doodles on
 * photos come from the model; nothing of this reaches it.
 */
const cat = 'M30 92C30 74 39 66 46 61 41 55 40 47 42 40L43 24 53 33C57 31.5 63 31.5 67 33L77 24 78 40C80 47 79 55 74 61 81 66 90 74 90 92Z'

function Scene({ from, to, fur, children, behind }: { from: string; to: string; fur: string; children?: ReactNode; behind?: ReactNode }) {
  const id = useId()
  return (
    <svg viewBox="0 0 120 90" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <defs>
        <linearGradient id={id} x1="0" y1="0" x2="0.4" y2="1">
          <stop offset="0" stopColor={from} />
          <stop offset="1" stopColor={to} />
        </linearGradient>
      </defs>
      <rect width="120" height="90" fill={`url(#${id})`} />
      {behind}
      <path d={cat} fill={fur} />
      <g fill="#00000088">
        <ellipse cx="53.5" cy="47" rx="1.8" ry="2.3" />
        <ellipse cx="66.5" cy="47" rx="1.8" ry="2.3" />
        <path d="M58.3 53h3.4l-1.7 2z" />
      </g>
      {children}
    </svg>
  )
}

const Monster = () => (
  <Scene
    from="#cfd8dc" to="#90a4ae" fur="#f4ece2"
    behind={
      <g>
        <path d="M13 92c-3-40 6-75 46-76 42-1 51 36 48 76z" fill="#e8546b" />
        <path d="M27 25 21 8l16 8zM92 25l7-16-17 7z" fill="#b93a55" />
        <path d="m16 50 5-4-2 8 6-3-3 8M104 50l-5-4 2 8-6-3 3 8M30 30l4-3v6l6-3M90 30l-4-3v6l-6-3" stroke="#f58496" strokeWidth="2" fill="none" strokeLinecap="round" />
        <circle cx="87" cy="36" r="9" fill="#fff8ee" />
        <circle cx="86" cy="37" r="4" fill="#3a2330" />
      </g>
    }
  >
    <path d="M10 66c12 2 26 6 36 12 5 3 3 9-3 8-13-1-26-2-36-4z" fill="#e8546b" />
    <path d="M110 64c-12 3-24 8-33 15-4 4-1 9 5 7 12-3 22-4 31-6z" fill="#e8546b" />
    <path d="m47 79 5 1-4 3 5 2-6 1M76 80l-5 1 4 3-5 2 6 1" stroke="#ffd9de" strokeWidth="2" fill="none" strokeLinecap="round" />
  </Scene>
)

function Magic() {
  const gold = useId()
  const cloud = useId()
  return (
    <Scene from="#a9c8f5" to="#e7d9f7" fur="#6d6a86">
      <defs>
        <linearGradient id={gold} x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" stopColor="#fff0a8" />
          <stop offset="0.5" stopColor="#f7c53b" />
          <stop offset="1" stopColor="#d9941a" />
        </linearGradient>
        <linearGradient id={cloud} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#8f95ff" />
          <stop offset="1" stopColor="#5a58d8" />
        </linearGradient>
      </defs>
      <path d="M24 12c-12 5-16 20-8 30 7 9 20 10 28 3-14 1-26-14-20-33z" fill={`url(#${gold})`} />
      <path d="M85 31c-4 0-7-3-6-7 0-4 4-6 8-5 2-5 11-6 14 0 5-1 9 2 9 6s-3 6-7 6z" fill={`url(#${cloud})`} />
      <g fill={`url(#${gold})`}>
        <path d="m60 6 2.4 7.6L70 16l-7.6 2.4L60 26l-2.4-7.6L50 16l7.6-2.4z" />
        <path d="m98 44 1.8 5.7 5.7 1.8-5.7 1.8L98 59l-1.8-5.7-5.7-1.8 5.7-1.8z" />
        <path d="m18 60 1.4 4.6 4.6 1.4-4.6 1.4L18 72l-1.4-4.6L12 66l4.6-1.4z" />
        <path d="m104 70 1.2 3.8 3.8 1.2-3.8 1.2L104 80l-1.2-3.8L99 75l3.8-1.2z" />
      </g>
    </Scene>
  )
}

const Painting = () => (
  <Scene
    from="#56606b" to="#2f3742" fur="#e9e4da"
    behind={
      <g fill="none" strokeLinecap="round">
        <path d="M-6 26c20-22 34 6 54-8s14-28 40-22 22 26 40 18" stroke="#1f9d83" strokeWidth="15" />
        <path d="M-6 30c20-20 36 8 56-7s14-26 38-20 22 24 40 16" stroke="#ffc928" strokeWidth="5.5" />
        <path d="M126 52c-18-8-22 10-12 16s10 18 18 16" stroke="#1f9d83" strokeWidth="13" />
        <path d="M126 55c-15-6-18 9-9 14" stroke="#ffc928" strokeWidth="5" />
      </g>
    }
  >
    <g stroke="#2a1a22" strokeWidth="1.5" strokeLinejoin="round">
      <g transform="translate(20 71)">
        {[0, 72, 144, 216, 288].map((angle) => (
          <path key={angle} d="M0 0C-13-5-11-22 0-22S13-5 0 0Z" fill="#ee4b3b" transform={`rotate(${angle})`} />
        ))}
        <circle r="5.5" fill="#ffc928" />
      </g>
      <g transform="translate(103 80) scale(.8)">
        {[20, 92, 164, 236, 308].map((angle) => (
          <path key={angle} d="M0 0C-13-5-11-22 0-22S13-5 0 0Z" fill="#f06bb5" transform={`rotate(${angle})`} />
        ))}
        <circle r="5.5" fill="#1f9d83" />
      </g>
      <path d="M38 84c2-10 8-14 16-14-1 9-7 14-16 14z" fill="#7fc34a" />
    </g>
  </Scene>
)

const Edge = () => (
  <Scene from="#e8d9c6" to="#c9b299" fur="#7b6a5c">
    <g fill="none" strokeLinejoin="round" strokeLinecap="round">
      <path d="M22 93c0-22 8-30 14-34-4-6-4-13-2-20l2-27 15 11c6-2 12-2 18 0l15-12 3 29c2 7 1 13-2 19 6 4 13 12 14 34" stroke="#3949f0" strokeWidth="5.5" />
      <path d="M27 93c0-19 7-27 13-31-4-6-5-14-3-22l2-21 13 10c5-2 11-2 17 0l12-10 2 22c2 8 1 15-3 21 6 4 12 12 12 31" stroke="#ff6d86" strokeWidth="4" />
      <g stroke="#3949f0" strokeWidth="2.6">
        <path d="M14 24c3-6 8-3 6 1 5-3 8 3 3 5 5 2 2 8-3 5 1 5-6 6-6 1-5 3-8-4-3-6-4-3 0-8 3-6z" />
      </g>
      <g stroke="#ff6d86" strokeWidth="2.6">
        <path d="m104 34 2 7 7 0-5.5 4.5 2 7-5.5-4-6 4 2-7-5-5 7 0z" />
        <path d="M106 66c-4-4-9 0-6 4l6 6 6-6c3-4-2-8-6-4z" />
      </g>
    </g>
  </Scene>
)

const Flat = () => (
  <Scene
    from="#f7d9c4" to="#f2c4b3" fur="#8a5a44"
    behind={<circle cx="60" cy="42" r="33" fill="#f9a03f" />}
  >
    <g>
      <path d="M-2 92C-4 70 4 54 18 46c6 16 2 34-8 46z" fill="#1d6b58" />
      <path d="M8 92c2-18 12-28 26-32-1 16-8 26-18 32z" fill="#2f9474" />
      <path d="M122 92c2-22-6-38-20-46-6 16-2 34 8 46z" fill="#1d6b58" />
      <path d="M112 92c-2-18-12-28-26-32 1 16 8 26 18 32z" fill="#2f9474" />
      <path d="M-2 0h26c-2 14-12 24-26 26z" fill="#e4572e" />
      <path d="M122 0H96c2 14 12 24 26 26z" fill="#3d5a98" />
      <circle cx="26" cy="24" r="3.5" fill="#f9d56e" />
      <circle cx="95" cy="25" r="3.5" fill="#f9d56e" />
      <path d="M60 92c-6-8-5-14 0-18 5 4 6 10 0 18z" fill="#e4572e" />
    </g>
  </Scene>
)

const Cloud = () => (
  <Scene from="#3f79b8" to="#9cc4e6" fur="#41506b">
    <g fill="none" stroke="#fff" strokeWidth="2.2" strokeLinecap="round" strokeLinejoin="round">
      <path d="M9 34c-6 0-8-8-1-10 0-8 11-10 14-3 6-4 13 2 10 7 6 1 5 8-1 8z" fill="#ffffff33" />
      <path d="M15 28c2-2 5-1 5 2M24 31c1-2 4-2 5 0" />
      <path d="M82 24c3-9 20-11 27-2 2 3 2 6 0 9-5 6-20 6-25 0l-7 5c1-3 1-5 0-7-2-2-3-4-3-6 3 0 6 0 8 1z" fill="#ffffff2b" />
      <circle cx="102" cy="23" r="1" fill="#fff" />
      <path d="M95 31c3 1 6 1 9-1M96 10c-1-3 1-5 3-5M99 10c0-3 2-4 4-3" />
      <path d="m20 58 1.5 4 4 1.5-4 1.5-1.5 4-1.5-4-4-1.5 4-1.5zM102 54l1.2 3 3 1.2-3 1.2-1.2 3-1.2-3-3-1.2 3-1.2z" />
    </g>
  </Scene>
)

const builtIn: Readonly<Record<string, () => ReactNode>> = { monster: Monster, magic: Magic, painting: Painting, edge: Edge, flat: Flat, cloud: Cloud }

/** A style of the user's own: a coloured squiggle that is the same each time for the same name. */
function Imported({ name }: { name: string }) {
  const hue = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7)
  return (
    <Scene from={`hsl(${hue} 45% 88%)`} to={`hsl(${(hue + 40) % 360} 45% 74%)`} fur={`hsl(${hue} 18% 42%)`}>
      <path d="M12 70c10-26 24-26 22-8s12 20 18 4 20-24 24-8-2 20 8 20 14-8 22-18" fill="none" stroke={`hsl(${(hue + 180) % 360} 65% 48%)`} strokeWidth="5" strokeLinecap="round" />
    </Scene>
  )
}

export function Swatch({ id, name }: { id: string; name: string }) {
  const Drawn = builtIn[id]
  return Drawn === undefined ? <Imported name={name} /> : <Drawn />
}
