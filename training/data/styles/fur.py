"""Fur in tapered strokes, and arms that are covered with it."""

import numpy as np
import skia

from data.styles import brush as b
from data.styles.shapes import normals, smooth_path


def tones(colour: str) -> dict[str, b.RGB]:
    """The shades of a coat of one of COLOURS: base, dark, deep (between them), light, skin."""
    base = b.COLOURS[colour]
    shade = b.mix(base, (90, 0, 60) if colour in ("pink", "red", "orange") else (10, 10, 60), 0.30)
    light, skin = b.mix(base, (255, 255, 255), 0.28), b.mix(base, (255, 236, 214), 0.62)
    return {"base": base, "dark": shade, "deep": b.mix(base, shade, 0.5), "light": light, "skin": skin}


def blades(path: skia.Path, roots: np.ndarray, along: np.ndarray, width: float) -> None:
    """Adds tapered strokes: roots [n, 2], along [n, 2] (from root to tip), width of the middle in pixels."""
    side = np.stack([-along[:, 1], along[:, 0]], 1)
    side *= width / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-6)
    mid = roots + 0.45 * along
    for p, q, left, right in zip(roots, roots + along, mid + side, mid - side):
        path.moveTo(*map(float, p))
        path.quadTo(*map(float, left), *map(float, q))
        path.quadTo(*map(float, right), *map(float, p))
        path.close()


def fur(canvas, roots, along, width, colour: b.RGB) -> None:
    """Tapered strokes of one colour, see blades."""
    path = skia.Path()
    blades(path, roots, along, width)
    canvas.drawPath(path, b.paint(colour))


def arm(canvas, spine: np.ndarray, thick: float, tone, rng) -> None:
    """A furry arm along spine [n, 2], from shoulder to wrist, with a paw and three claws; thick: half its width."""
    normal = normals(spine)
    half = np.linspace(1.12, 0.80, len(spine))[:, None] * thick
    sleeve = smooth_path(np.concatenate([spine + normal * half, (spine - normal * half)[::-1]]), True)
    along = np.gradient(spine, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    tip, ahead, side = spine[-1], along[-1], normal[-1]
    palm = tip + ahead * 0.55 * thick
    claws = skia.Path()
    for k in (-0.62, 0.0, 0.62):
        root = palm + ahead * (0.72 - 0.22 * abs(k)) * thick + side * k * thick
        blades(claws, (root - ahead * 0.25 * thick)[None], (ahead * 0.85 * thick)[None], 0.34 * thick)
    canvas.drawPath(claws, b.paint(tone["dark"]))
    # A dark edge keeps the arm apart from the trunk behind it.
    rim = np.concatenate([spine[:-1] + normal[:-1] * half[:-1], spine[:-1] - normal[:-1] * half[:-1]])
    lean = np.concatenate([along[:-1] + 0.55 * normal[:-1], along[:-1] - 0.55 * normal[:-1]])
    canvas.drawPath(sleeve, b.paint(tone["dark"], stroke=0.22 * thick))
    fur(canvas, rim, lean * 0.62 * thick, 0.2 * thick, tone["dark"])
    canvas.drawCircle(*palm, 0.86 * thick, b.paint(tone["skin"]))
    canvas.drawPath(sleeve, b.paint(tone["base"]))
    inner = rim * 0.9 + 0.1 * np.concatenate([spine[:-1]] * 2)
    fur(canvas, inner, lean * 0.5 * thick, 0.2 * thick, tone["base"])
    cuff = tip + side * np.linspace(-0.7, 0.7, 7)[:, None] * thick
    fur(canvas, cuff - ahead * 0.3 * thick, np.tile(ahead * 0.7 * thick, (7, 1)), 0.16 * thick, tone["base"])
    for shade, count in (("deep", 18), ("dark", 10), ("light", 22)):
        i = rng.integers(0, len(spine) - 4, count)
        roots = spine[i] + normal[i] * half[i] * rng.uniform(-0.75, 0.75, (count, 1))
        fur(canvas, roots, along[i] * 0.7 * thick, 0.075 * thick, tone[shade])
