"""Cloud sketches: white chalk drawings of animals and things, and clouds, in the sky and the empty parts."""

import numpy as np

from data.styles import brush as b
from data.styles.pieces import Piece

_CHALK: b.RGB = (255, 255, 255)
_SLATE: b.RGB = (52, 66, 96)


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """One or two chalk sketches, clouds, or both, in the emptiest places of the view, the upper ones first."""
    known = [thing.name for thing in scene.hand.things if not thing.is_worn]
    names = b.some(rng, known, int(rng.choice([0, 1, 2], p=[0.35, 0.5, 0.15])))
    clouds = int(rng.integers(0, 4)) if len(names) < 2 else 0
    clouds = clouds or (not names)
    taken: list[tuple[float, float, float]] = []
    pieces = []
    chalk = scene.say(rng, "cloud", "chalk")
    big = float(rng.uniform(0.19, 0.30)) * scene.s
    for name in names:
        x, y, r = _room(scene, big, 0.6 * big, taken)
        what = b.words(scene.say(rng, "cloud", "size"), chalk, name)
        sketch = scene.thing(name, None, x, y, 2 * r, "free")
        pieces.append(Piece([sketch], what, _where(scene, x, y, rng)))
    elements = []
    for k in range(clouds):
        rad = float(rng.uniform(0.17, 0.27)) * scene.s * (1.0 - 0.12 * k)
        x, y, r = _room(scene, rad, 0.65 * rad, taken)
        elements.append(scene.thing("cloud", None, x, y, 2 * r, "free"))
    if elements:
        many = len(elements) > 1
        number = b.counted(rng, len(elements), 0.75) if many else ""
        what = b.words(number, chalk, scene.say(rng, "cloud", "clouds" if many else "cloud"))
        place = scene.say(rng, "cloud", "place")
        pieces.append(Piece(elements, what, place if many else _where(scene, x, y, rng), plural=many))
    return pieces


def _where(scene: b.Scene, x: float, y: float, rng: np.random.Generator) -> str:
    """The place of a sketch about (x, y) in words."""
    side = "left" if x < 0.42 * scene.w else "right" if x > 0.58 * scene.w else ""
    if not side:
        return scene.say(rng, "cloud", "high" if y < 0.5 * scene.h else "low")
    corner = f"in the top {side} corner" if y < 0.33 * scene.h else f"on the {side}"
    return scene.say(rng, "cloud", "beside", corner=corner, side=side)


def _room(scene: b.Scene, r: float, least: float, taken: list) -> tuple[float, float, float]:
    """The emptiest place for a drawing of half side r, high before low, away from `taken`; at least `least`."""
    best, best_score = (0.5 * scene.w, 0.25 * scene.h, least), -9.0
    for scale in (1.0, 0.8, least / r):
        q = r * scale
        edge = 1.06 * q
        for y in np.linspace(edge, max(edge, 0.80 * scene.h - q), 7):
            for x in np.linspace(edge, max(edge, scene.w - edge), 9):
                crowd = sum(max(0.0, tr + q - max(abs(x - tx), abs(y - ty))) / (2 * q) for tx, ty, tr in taken)
                score = 2.0 * scene.free(x, y, q, 0.9 * q) - 3.0 * crowd - 0.55 * y / scene.h
                score = score + 0.7 * scale - 0.15 * abs(x / scene.w - 0.5)
                if score > best_score + 1e-6:
                    best, best_score = (float(x), float(y), float(q)), score
    taken.append(best)
    return best
