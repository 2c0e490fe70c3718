"""Soft 3D stickers: moon, stars, clouds, hearts and a rainbow, floating around and behind the subject."""

import numpy as np

from data.styles import brush as b
from data.styles.pieces import Piece
from data.wording import one_of

_PAINTS = {"golden": None, "white": None}  # What these words mean to a thing whose own colours they name
_SMALL = {
    "stars": (("golden", "golden", "pink", "blue", "purple"), 0.12),
    "hearts": (("red", "pink", "purple"), 0.105),
    "clouds": (("purple", "pink", "white", "blue"), 0.15),
}
"""Colours and radius of small stickers."""

# The order in which places around the frame are filled, as shares of the frame.
_PLACES = (
    (0.15, 0.17), (0.85, 0.17), (0.13, 0.52), (0.87, 0.52), (0.15, 0.85), (0.85, 0.85), (0.5, 0.14), (0.33, 0.15),
    (0.67, 0.15),
)  # fmt: skip

Taken = list[tuple[float, float, float]]


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """A moon or a rainbow behind the subject, one to five small stickers around it, or both."""
    taken: Taken = []
    main = one_of(rng, ("moon", "moon", "rainbow", "", ""))
    pieces = [{"moon": _moon, "rainbow": _rainbow}[main](scene, taken, rng)] if main else []
    if not main or rng.random() < 0.8:
        pieces.append(_stickers(scene, taken, rng))
    return pieces


def _stickers(scene: b.Scene, taken: Taken, rng: np.random.Generator) -> Piece:
    kind = one_of(rng, ("stars", "stars", "hearts", "clouds"))
    colours, size = _SMALL[kind]
    colour, count = one_of(rng, colours), int(rng.integers(1, 6 if kind != "clouds" else 4))
    radius = size * scene.s * float(rng.uniform(0.7, 1.2))
    elements = []

    def late(x: float, y: float) -> int:
        """What the subject or the main sticker hides comes last."""
        room = min([1.0] + [np.hypot(x - tx, y - ty) - tr - 0.8 * radius for tx, ty, tr in taken])
        return 20 * (scene.free(x, y, radius) < 0.6) + 10 * (room < 0)

    for k, (x, y) in enumerate(b.places(scene, _PLACES, count, radius, 1.05, 1.8, late)):
        r = radius * (1.0, 0.86, 0.92, 0.8, 0.9)[k] * (1 + b.jitter(rng, 0.06))
        x, y = x + b.jitter(rng, 0.02) * scene.s, y + b.jitter(rng, 0.02) * scene.s
        # Where the subject leaves no room the sticker goes on it, else it would hardly be seen.
        front = 0.0 if scene.free(x, y, r) > 0.45 else 1.0
        elements.append(scene.thing(kind.removesuffix("s"), _PAINTS.get(colour, colour), x, y, 2 * r, "around", front))
    many = len(elements) > 1
    name = kind if kind != "stars" or rng.random() < 0.6 else scene.say(rng, "magic", "stars")
    number = b.counted(rng, len(elements), 0.7) if many else ""
    what = b.words(number, scene.say(rng, "magic", "look"), colour, name if many else name.removesuffix("s"))
    place = "many" if many else "one"
    if not scene.has_subject:
        place = "hearts_alone" if kind == "hearts" else "others_alone"
    return Piece(elements, what, scene.say(rng, "magic", place), plural=many)


def _moon(scene: b.Scene, taken: Taken, rng: np.random.Generator) -> Piece:
    """A tilted crescent behind the head, or high in the emptier upper corner of a scene."""
    r, colour = 0.30 * scene.s * float(rng.uniform(0.75, 1.25)), one_of(rng, ("golden", "golden", "blue"))
    x, y = 0.68 * scene.w, 0.32 * scene.h
    if scene.has_subject:
        hx, hy, _ = scene.head
        x, y = hx + (0.25 if hx < 0.5 * scene.w else -0.25) * scene.s, hy + 0.02 * scene.s
    x, y = float(np.clip(x, 0.7 * r, scene.w - 0.7 * r)), float(np.clip(y, 0.8 * r, scene.h - r))
    taken.append((x, y, r))
    moon = scene.thing("crescent moon", _PAINTS.get(colour, colour), x, y, 2 * r, "behind", 0.0)
    what = b.words(scene.say(rng, "magic", "moon_look"), colour, scene.say(rng, "magic", "moon"))
    return Piece([moon], what, scene.say(rng, "magic", "moon_place"))


def _rainbow(scene: b.Scene, taken: Taken, rng: np.random.Generator) -> Piece:
    """An arch over the subject."""
    x0, y0, x1, _ = scene.box
    s, size = scene.s, float(rng.uniform(0.85, 1.15))
    r = float(np.clip(0.62 * (x1 - x0), 0.32 * s, 0.46 * scene.w)) * size
    x = float(np.clip(0.5 * (x0 + x1), r, max(r, scene.w - r)))
    y = min(max(y0 - 0.10 * s, 0.03 * s) + r, scene.h - 0.12 * s)
    taken.append((x, y - 0.75 * r, 0.45 * r))
    rainbow = scene.thing("rainbow", None, x, y - 0.5 * r, 2 * r, "behind", 0.0)
    look = scene.say(rng, "magic", "rainbow_look")
    what = b.words(look, "rainbow")
    return Piece([rainbow], what, scene.say(rng, "magic", "rainbow_place"))
