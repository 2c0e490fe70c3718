/**
 * A style's card: what the shipped model draws in it (docs/styles.md says how these are made), or a neutral squiggle.
 */
export function Swatch({ id, name, pictured }: { id: string; name: string; pictured: boolean }) {
  return pictured ? (
    <img
      src={`${import.meta.env.BASE_URL}styles/${encodeURIComponent(id)}.webp`}
      alt=""
      width={240}
      height={240}
      decoding="async"
      draggable={false}
    />
  ) : (
    <Squiggle name={name} />
  )
}

/** A style of the user's own: a coloured squiggle that is the same each time for the same name. */
function Squiggle({ name }: { name: string }) {
  const hue = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7)
  return (
    <svg viewBox="0 0 120 120" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="120" height="120" fill={`hsl(${hue} 40% 86%)`} />
      <path
        d="M12 84c10-34 24-34 22-10s12 26 18 5 20-31 24-10-2 26 8 26 14-10 24-24"
        fill="none"
        stroke={`hsl(${hue} 48% 42%)`}
        strokeWidth="6"
        strokeLinecap="round"
      />
    </svg>
  )
}
