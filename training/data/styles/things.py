"""How each hand redraws a thing: `RENDERERS[hand](art, rng)`.

What is kept is uint8 [SIDE, SIDE, 4], straight alpha, or where each crayon and chalk goes (data/colours.py)."""

import cv2
import numpy as np
import skia

from data.styles import brush as b
from data.styles import redraw as r
from data.styles.shapes import svg
from data.tables import table

GOLD: b.RGB = (250, 196, 40)
INK: b.RGB = (26, 24, 27)  # Nearly grey: what is recoloured keeps its lines


def _slanting(across: float, period: float, sway: np.ndarray) -> np.ndarray:
    """Sine of slanting stripes, [SIDE, SIDE]."""
    slant = np.arange(r.SIDE)[None, :] * across + np.arange(r.SIDE)[:, None]
    return np.sin(slant * 2 * np.pi / period + sway)


def _stacked(*planes: np.ndarray) -> np.ndarray:
    return np.rint(np.dstack(planes) * 255).clip(0, 255).astype(np.uint8)


def _mask(body: np.ndarray) -> np.ndarray:
    """r.soft_outside of a mask, bool or 0..1."""
    return r.soft_outside((body * 255).astype(np.uint8))


def cloud(art: r.Art, rng: np.random.Generator) -> np.ndarray:
    """Smudge, wash and chalk: lines drawn twice on a thin wash of dust; a slate smudge keeps white readable."""
    ink, body = r.seam_lines(art.flat, 9, 5.6, rng)
    tooth = np.clip(0.78 + 0.42 * r.noise(1.5, rng) + 0.25 * r.noise(6, rng), 0, 1)
    twin = np.roll(cv2.erode(ink, np.ones((2, 2), np.uint8)), (-2, 2), (0, 1)) * 0.6
    chalk = np.maximum(ink * 0.97, twin) * np.clip(tooth + 0.15, 0.45, 1)
    smudge = cv2.GaussianBlur(cv2.dilate(ink, np.ones((5, 5), np.uint8)), (0, 0), 3.2) * 0.6
    hatch = np.clip(2.4 * _slanting(1, 15, 2.6 * r.noise(30, rng)) + 0.4, 0, 1)
    inside = r.within(_mask(body), -1.0)
    puffs = np.clip(0.55 + 0.5 * r.noise(40, rng), 0, 1)
    return _stacked(smudge, inside * np.clip(0.44 + 0.16 * hatch * tooth + 0.26 * puffs, 0, 0.92), chalk)


def edge(art: r.Art, rng: np.random.Generator) -> np.ndarray:
    """Ring, patch, scribble and ink: black crayon on a pale patch with a fat ring in one bright colour."""
    ink, body = r.seam_lines(art.flat, 27, 6.5, rng) if art.glyph is None else r.glyph_lines(art.glyph, 27)
    ink = r.shaken((ink * 255).astype(np.uint8), 3.0, 42, rng).astype(np.float32) / 255
    fray, wobble = 1.1 * r.noise(2.2, rng) + 0.9 * r.noise(5, rng), 2.2 * r.noise(34, rng)
    far = _mask(body | (ink > 0.5))
    ring, patch = r.within(far + wobble + fray, 22), r.within(far + 0.7 * wobble + fray, 9)
    # Crayon leaves the paper's tooth bare here and there, most of all at its rim.
    tooth = r.noise(1.6, rng)
    ring *= np.where((tooth > 0.62) & (far + wobble > 14), 0.35, 1.0)
    # What an icon fills with ink is scribbled in colour, within an outline of ink.
    filled = r.within(_mask(ink), -4.5)
    scribble = filled * np.clip(1.15 + _slanting(0.8, 9.5, 1.6 * r.noise(24, rng)) + 0.5 * tooth, 0, 1)
    core = np.clip((ink - 0.5) * 1.6 + 0.5 + 0.22 * fray * (ink > 0.05) * (ink < 0.98), 0, 1)
    return _stacked(ring, patch, scribble, core * np.where(tooth > 0.75, 0.6, 1.0) * (1 - filled))


def _gouache(hand: str, found: r.Regions) -> np.ndarray:
    return r.snap(found.colours, tuple(map(tuple, table("styles.toml")["gouache"][hand])))


def flat(art: r.Art, rng: np.random.Generator) -> np.ndarray:
    """A few areas of gouache colour, no lines; one darker tone on the side away from the light. At twice the size."""
    side = 2 * r.SIDE
    canvas = r.on_canvas(art.flat, 4, side)
    found = r.regions(canvas, 6, smallest=0.0016, alike=16)
    colours = _gouache("flat", found)
    whole = r.within(r.soft_outside(canvas[..., 3]), 0.0)
    largest = int(np.argmax([(found.label == k).sum() for k in range(len(colours))]))
    picture = r.over(np.zeros((side, side, 4), np.float32), colours[largest], whole)
    for k, colour in enumerate(colours):
        part = found.label == k
        if k != largest and part.any():
            # A little over the border: the colour below must not shine through between two areas.
            picture = r.over(picture, colour, np.minimum(r.within(r.outside(part), 1.0), whole))
    # One flat shadow over what turns away from the light, its edge a slant arc.
    ys, xs = np.nonzero(found.body)
    u, v = ((np.arange(side) - at.mean()) / max(np.ptp(at), 1) for at in (xs, ys))
    lean = 0.85 * u[None, :] + 0.75 * v[:, None] - 0.75 * u[None, :] * v[:, None]
    dark = np.clip((lean - 0.20) * 120, 0, 1).astype(np.float32)
    tone = np.clip(picture[..., :3] / np.maximum(picture[..., 3:], 1e-3) * [0.85, 0.82, 0.87], 0, 255)
    return _halved(r.over(picture, tone, dark * picture[..., 3]))


def _halved(picture: np.ndarray) -> np.ndarray:
    """A premultiplied canvas of twice the size as it is kept."""
    return r.straight(cv2.resize(picture, (r.SIDE, r.SIDE), interpolation=cv2.INTER_AREA))


def painting(art: r.Art, rng: np.random.Generator) -> np.ndarray:
    """A bold dark line around saturated areas, each with a lighter rim where the light falls. At twice the size."""
    side = 2 * r.SIDE
    canvas = r.shaken(r.on_canvas(art.flat, 20, side), 4.0, 120, rng)
    found = r.regions(canvas, 7, smallest=0.0014)
    far, sway = r.soft_outside(canvas[..., 3]), 2.2 * r.noise(90, rng, side)
    picture = r.over(np.zeros((side, side, 4), np.float32), INK, r.within(far + sway, 10))
    # The light comes from the upper left and touches in strokes, not all along.
    touch = r.noise(70, rng, side) > -0.25
    for k, colour in enumerate(_gouache("painting", found)):
        part = found.label == k
        if not part.any():
            continue
        inside = r.outside(part)
        picture = r.over(picture, colour, np.minimum(r.within(inside, 1.0), r.within(far, 1.0)))
        if part.sum() > 0.035 * found.body.sum() and colour.mean() > 60:
            inner = inside < -7
            lit = inner & ~np.roll(inner, (13, 10), (0, 1)) & touch
            share = np.clip(cv2.GaussianBlur(lit.astype(np.float32), (0, 0), 2.0) * 2.4 - 0.7, 0, 1)
            picture = r.over(picture, colour + (np.array([255, 248, 230]) - colour) * 0.66, share)
    picture = r.over(picture, INK, r.within(r.seams(found, 14) + sway, 4.6) * r.within(far, 3))
    return _halved(r.over(picture, INK, r.within(np.abs(far + sway), 5.0)))


def magic(art: r.Art, rng: np.random.Generator) -> np.ndarray:
    """Toys in three dimensions with their own light, on a soft glow."""
    solid = art.solid if art.solid is not None else inflate(art.flat)
    if art.name == "star":
        solid = inflate(_four_pointed())
    canvas = r.on_canvas(solid, 12).astype(np.float32)
    alpha = canvas[..., 3] / 255
    glow = cv2.GaussianBlur(cv2.dilate(alpha, np.ones((7, 7), np.uint8)), (0, 0), 5.0) * 0.42
    picture = r.over(np.zeros((r.SIDE, r.SIDE, 4), np.float32), (255, 240, 196), glow)
    shade = cv2.GaussianBlur(np.roll(alpha, (5, 3), (0, 1)), (0, 0), 4.0) * 0.30
    picture = r.over(r.over(picture, (70, 40, 110), shade), canvas[..., :3], alpha)
    return r.straight(picture)


def _four_pointed() -> np.ndarray:
    """This hand's star, hollow sides and rounded tips, the tall axis a little longer, as in a twinkle; uint8 [SIDE,
    SIDE, 4]."""
    pen, path, radius, angle = b.Pen(r.SIDE, r.SIDE), skia.Path(), 0.42 * r.SIDE, np.arange(8) * np.pi / 4
    tips = np.stack([np.sin(angle), -np.cos(angle)], 1)  # tips at the even places
    at = lambda point: (r.SIDE / 2 + point[0], r.SIDE / 2 + point[1])
    side = lambda k: np.array([-tips[k][1], tips[k][0]]) * 0.075 * radius
    reach = lambda k: radius * (1.12 if k % 4 == 0 else 0.9)
    path.moveTo(*at(tips[0] * reach(0) - side(0)))
    for k in range(0, 8, 2):
        if k:
            path.quadTo(*at(tips[k - 1] * 0.22 * radius), *at(tips[k] * reach(k) - side(k)))
        path.quadTo(*at(tips[k] * reach(k) * 1.06), *at(tips[k] * reach(k) + side(k)))
    path.quadTo(*at(tips[7] * 0.22 * radius), *at(tips[0] * reach(0) - side(0)))
    path.close()
    pen.canvas.drawPath(path, b.paint(GOLD))
    return pen.straight().copy()


def inflate(artwork: np.ndarray) -> np.ndarray:
    """Flat artwork as a cushion lit from the upper left; uint8 [SIDE, SIDE, 4]."""
    canvas = r.on_canvas(artwork, 2)
    alpha = canvas[..., 3].astype(np.float32) / 255
    found = r.regions(canvas, 7, smallest=0.004)
    far = -r.soft_outside(canvas[..., 3])
    bevel = max(8.0, min(34.0, 0.55 * float(far.max())))
    cushion = lambda depth, width: width * np.sqrt(np.clip(1 - (1 - np.clip(depth / width, 0, 1)) ** 2, 0, 1))
    height = (cushion(far, bevel) + 0.5 * cushion(found.edge, 9.0)).astype(np.float32)
    diffuse, gleam = r.lit_from_left(cv2.GaussianBlur(height, (0, 0), 2.2), 38)
    colour = cv2.GaussianBlur(canvas[..., :3], (0, 0), 0.8).astype(np.float32)
    base = np.where(colour.mean(2, keepdims=True) < 60, colour * 0.8 + 26, colour)
    lit = base * (0.50 + 0.72 * diffuse) + np.array([18, 6, 34]) * (1 - diffuse)
    lit += (255 - lit) * (0.6 * gleam)
    return np.clip(np.dstack([lit, alpha * 255]), 0, 255).astype(np.uint8)


_BLADE = "M-0.3 1 Q0.35 1.1 0.8 0 Q0.2 -1 -0.3 -1 Z"


def monster(art: r.Art, rng: np.random.Generator) -> np.ndarray:
    """Everything has fur, painted in short tapered strokes that follow the shape and fray at its rim."""
    found = r.regions(r.on_canvas(art.flat, 13), 8, smallest=0.002, alike=10)
    far = r.outside(found.body)
    pen = b.Pen(r.SIDE, r.SIDE)
    base = np.clip(found.colours, 22, 250)
    # Under the fur lies the flat picture, so that no gap shows the photo.
    under = np.dstack([base[found.label], found.body * 255.0]).astype(np.uint8)
    pen.canvas.drawImage(skia.Image.fromarray(np.ascontiguousarray(under)), 0, 0)
    grow = cv2.GaussianBlur(far, (0, 0), 5)
    away = np.dstack([cv2.Sobel(grow, cv2.CV_32F, 1, 0), cv2.Sobel(grow, cv2.CV_32F, 0, 1)])
    away /= np.linalg.norm(away, axis=2, keepdims=True) + 1e-6
    flow = away * np.clip(1 - np.abs(far) / 40, 0.15, 1)[..., None] + np.array([0.0, 0.75])
    swirl = 0.7 * r.noise(36, rng)
    ys, xs = np.nonzero(found.body)
    count = int(len(xs) / 11)
    chosen = rng.choice(len(xs), count, replace=False)
    # From the rim inwards and from below upwards, as fur lies.
    rank = ys[chosen] + rng.uniform(-14, 14, count)
    for i in chosen[np.argsort(-rank)]:
        x, y = int(xs[i]), int(ys[i])
        length = float(np.clip(1.5 * float(found.edge[y, x]), 3.5, 17)) * rng.uniform(0.75, 1.2)
        if -far[y, x] < 6:
            length = max(length, 9.0)
        dx, dy = flow[y, x]
        angle = np.arctan2(dy, dx) + swirl[y, x] + rng.uniform(-0.3, 0.3)
        colour = base[found.label[y, x]]
        lean = rng.normal(0, 0.13) + 0.05 * (1 if dy < 0.4 else -1)
        tone = colour + ((255 - colour) * min(lean, 0.4) if lean > 0 else colour * max(lean, -0.45))
        path = svg(_BLADE, 0, 0, (length, 0.17 * length + 1.0))
        path.transform(skia.Matrix().setRotate(float(np.degrees(angle))).postTranslate(x, y))
        pen.canvas.drawPath(path, b.paint(tuple(int(np.clip(v, 0, 255)) for v in tone)))
    return pen.straight()


RENDERERS = {"monster": monster, "magic": magic, "painting": painting, "edge": edge, "flat": flat, "cloud": cloud}
