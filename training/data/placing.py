"""Which thing goes where on a view, in which colour and size: single things, two sides, many copies, as elements."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from data.anchors import MOST_COPIES, Spot, find_face_spot, find_spot, lattice, ring, row
from data.artwork import Artwork, Sprite
from data.colours import PALETTE, contrast
from data.pair import Box, Element, pictured
from data.photos import PEOPLE, Photo
from data.scene import Scene
from data.things import CORNERS, Thing
from data.wording import Subject, one_of

LEAST_CONTRAST = 45.0  # Grey levels between a named colour and what it is painted on: with less it melts into it
LEAST_DIFFERENCE = 26.0  # Grey levels by which what is seen of a thing differs from the photo under it, on average
MOST_ANGLE = 8.0  # Degrees by which something that neither stands nor is worn may be turned
SIZES, MIDDLE_SIZE = (0.72, 1.06), 0.89  # Sizes of a thing alone, and of each of many, relative to its own

FREE_ANCHORS = frozenset(("left", "right", "above", *CORNERS, "middle", "around", "scatter", "sky"))
"""Places where nothing stands, so that a thing may be turned a little."""

SINGLE = {
    "eyes": 1.0, "lip": 1.0, "chin": 1.0, "neck": 1.0, "ears": 1.0, "head": 4.0, "perch": 1.5, "back": 1.0,
    "shoulders": 1.0, "halo": 1.0, "left": 1.2, "right": 1.2, "beside_left": 1.2, "beside_right": 1.2, "above": 1.5,
    "behind": 1.0, "front": 0.8, "bottom_left": 0.25, "bottom_right": 0.25, "middle": 0.5, "top_left": 0.25,
    "top_right": 0.25,
}  # fmt: skip
"""Anchors of a single thing, with the frequency relative to the thing's other anchors."""

HEAD_SHARE, FACE_SHARE = 0.4, 0.3  # Of single things, worn there, where the view knows one: few views do
WISHED_SHARE = 0.25  # an instruction then always says the place
"""Share of single things that training puts where people may want anything, whatever the thing's own places are."""
WISHES = (*CORNERS, *CORNERS, "left", "right", "above", "middle")

_FACES = (*PEOPLE, "cat", "dog", "bear", "bird", "horse", "cow", "elephant", "giraffe", "sheep", "zebra")
"""Subjects whose middle may be a face: nothing is put right on it."""

_LEAST_SHOWN = {"back": 0.25, "shoulders": 0.25, "behind": 0.42, "neck": 0.6, "head": 0.62, "halo": 0.6}
"""Least share of a thing that neither the subject nor the picture's edge may hide; 0.8 elsewhere."""


@dataclass
class Draft:
    """What one attempt at a pair works with. things: those to choose among."""

    rng: np.random.Generator
    view: Photo
    scene: Scene
    artwork: Artwork
    things: tuple[Thing, ...]
    subject: Subject
    phrasing: str


@dataclass
class Part:
    """What an instruction asks for in one phrase: a thing, once or several times. family: of its artwork; wished: at a
    place that has to be said, since the thing alone does not tell it; told: do the words say how many there are?"""

    thing: Thing
    family: str
    anchor: str
    colour: str | None
    elements: list[Element]
    wished: bool = False
    told: bool | None = None


def pick_thing(draft: Draft, keep: Callable[[Thing], bool]) -> Thing | None:
    """One of the draft's things, those asked for most more often; None when none is kept."""
    things = [thing for thing in draft.things if keep(thing)]
    if not things:
        return None
    # The root: what is asked for most comes more often, and the rest often enough to be learnt.
    weights = np.sqrt([thing.weight for thing in things])
    return things[int(draft.rng.choice(len(things), p=weights / weights.sum()))]


def contrasting(draft: Draft, colours: tuple[str, ...], ground: np.ndarray) -> str:
    """A named colour that stands out on a ground (RGB, 0..255), where there is one."""
    clear = [name for name in colours if contrast(PALETTE[name], ground) >= LEAST_CONTRAST]
    return one_of(draft.rng, clear or list(colours))


def _pick_colour(draft: Draft, thing: Thing, spots: list[Spot]) -> str | None:
    """A named colour that stands out where the thing goes, or None for its own colours."""
    if not thing.colours or (not thing.always_coloured and draft.rng.random() < 0.45):
        return None
    return contrasting(draft, thing.colours, np.mean([_ground(draft, spot) for spot in spots], axis=0))


def _ground(draft: Draft, spot: Spot) -> np.ndarray:
    """Mean colour, 0..255, of the photo under a spot."""
    height, width = draft.scene.height, draft.scene.width
    x0, x1 = int(max(0, spot.x - spot.width / 2)), int(min(width, spot.x + spot.width / 2))
    y0, y1 = int(max(0, spot.y - spot.height / 2)), int(min(height, spot.y + spot.height / 2))
    part = draft.view.image[y0 : max(y1, y0 + 1) : 2, x0 : max(x1, x0 + 1) : 2]
    return part.reshape(-1, 3).mean(axis=0) if part.size else np.full(3, 128.0)


def _legible(size: float, aspect: float) -> float:
    """Long, thin artwork gets a longer side."""
    return size * min(1.3, max(1.0, float(np.sqrt(0.62 / min(aspect, 1.0 / aspect)))))


def _size(draft: Draft, size: float, aspect: float) -> float:
    return _legible(size, aspect) * float(draft.rng.uniform(*SIZES))


def draw(artwork: Artwork, sprite: Sprite, spot: Spot, thing: Thing, colour: str | None) -> Element:
    """The artwork at a spot as a complete element, its words not yet known."""
    picture = artwork.picture(sprite, spot.width, spot.height, colour, spot.mirrored and thing.may_be_mirrored)
    if spot.angle:
        h, w = picture.shape[:2]
        side = int(np.ceil(np.hypot(h, w)))
        matrix = cv2.getRotationMatrix2D((w / 2, h / 2), spot.angle, 1.0)
        matrix[:, 2] += (side - w) / 2, (side - h) / 2
        picture = cv2.warpAffine(picture, matrix, (side, side))
    return pictured(picture, float(not spot.behind), spot.x, spot.y, thing.name, colour, spot.anchor)


def seen_share(draft: Draft, element: Element) -> tuple[float, float]:
    """(share of an element's paint that nothing hides, its mean difference from the photo there in grey levels)."""
    height, width = draft.view.matte.shape
    h, w = element.layer.shape[:2]
    x0, y0, x1, y1 = max(0, element.x), max(0, element.y), min(width, element.x + w), min(height, element.y + h)
    if x0 >= x1 or y0 >= y1:
        return 0.0, 0.0
    here = slice(y0, y1, 2), slice(x0, x1, 2)
    part = element.layer[y0 - element.y : y1 - element.y : 2, x0 - element.x : x1 - element.x : 2]
    alpha = part[..., 3]
    seen = part[..., 4] + (alpha - part[..., 4]) * (1.0 - draft.view.matte[here])
    difference = np.abs(part[..., :3] * 255.0 - alpha[..., None] * draft.view.image[here]).mean(axis=2)
    difference /= np.maximum(alpha, 1e-3)
    total = float(seen.sum())
    return total / max(1.0, float(element.layer[::2, ::2, 3].sum())), float((difference * seen).sum()) / max(1.0, total)


def _elements(draft: Draft, thing: Thing, sprite: Sprite, spots: list[Spot]) -> tuple[list[Element], str | None] | None:
    """The spots filled with one artwork in one colour; None when one of them is hidden or melts into the photo."""
    colour = _pick_colour(draft, thing, spots)
    free = not thing.is_worn and spots[0].anchor in FREE_ANCHORS
    turn = MOST_ANGLE if free else 2.0 if thing.is_worn_on_face else 0.0
    elements, differences = [], []
    for spot in spots:
        angle = spot.angle + float(draft.rng.uniform(-turn, turn)) if turn else 0.0
        element = draw(draft.artwork, sprite, replace(spot, angle=angle), thing, colour)
        seen, difference = seen_share(draft, element)
        if seen < (_LEAST_SHOWN.get(spot.anchor, 0.8) if len(spots) == 1 else 0.6):
            return None
        elements.append(element)
        differences.append(difference)
    return (elements, colour) if np.mean(differences) >= LEAST_DIFFERENCE else None


def place_one(draft: Draft, thing: Thing | None = None, taken: tuple[Box, ...] = ()) -> Part | None:
    """One thing at one of its places, apart from the boxes that are taken."""
    thing = thing or pick_thing(draft, _single_things(draft))
    if thing is None:
        return None
    loose = not thing.is_worn and thing.anchors[0] not in ("back", "shoulders")
    # Evaluation asks what it always asked.
    wished = draft.phrasing == "train" and loose and draft.rng.random() < WISHED_SHARE
    places = dict.fromkeys(WISHES if wished else thing.anchors)
    anchors = [a for a in places if a in SINGLE and not (a == "middle" and (taken or _has_face(draft)))]
    if not anchors:
        return None
    sprite = draft.artwork.pick(thing.name, draft.rng)
    weights = np.array([WISHES.count(a) if wished else SINGLE[a] for a in anchors], float)
    for anchor in draft.rng.choice(anchors, len(anchors), replace=False, p=weights / weights.sum()):
        spot = _find(draft, thing, sprite, str(anchor))
        if spot is None or _covers_face(draft, spot):
            continue
        drawn = _elements(draft, thing, sprite, [spot])
        if drawn is not None and all(overlap(drawn[0][0].box, box) <= 0.05 for box in taken):
            return Part(thing, sprite.family, str(anchor), drawn[1], drawn[0], wished)
    return None


def _single_things(draft: Draft) -> Callable[[Thing], bool]:
    """Which things to choose among: what is worn often where it can be, and nowhere else."""
    chance = draft.rng.random()
    if draft.scene.face is not None and chance < FACE_SHARE:
        return lambda thing: thing.is_worn_on_face
    if draft.scene.head is not None and chance > 1.0 - HEAD_SHARE:
        return lambda thing: thing.is_worn and not thing.is_worn_on_face
    return lambda thing: not thing.is_worn and any(a in SINGLE for a in thing.anchors)


def _find(draft: Draft, thing: Thing, sprite: Sprite, anchor: str) -> Spot | None:
    if thing.is_worn:
        size = thing.size * float(draft.rng.uniform(0.93, 1.07))
        if thing.is_worn_on_face:
            return find_face_spot(draft.scene, anchor, sprite.aspect, size)
        return find_spot(draft.scene, anchor, sprite.aspect, size, thing.dip)
    return find_spot(draft.scene, anchor, sprite.aspect, _size(draft, thing.size, sprite.aspect))


def _has_face(draft: Draft) -> bool:
    return draft.view.subject in _FACES or draft.scene.head is not None


def _covers_face(draft: Draft, spot: Spot) -> bool:
    """Would something in front of a person or pet hide the face?"""
    if spot.anchor not in ("front", "bottom_left", "bottom_right") or not _has_face(draft) or draft.scene.top is None:
        return False
    head, top = draft.scene.head, draft.scene.top
    chin = head.box[3] if head is not None else top.seat + 1.3 * top.width
    return spot.y - spot.height / 2 < chin and draft.scene.occupied(spot.x, spot.y, spot.width, spot.height) > 0.05


def overlap(first: Box, second: Box) -> float:
    """Shared area of two boxes relative to the smaller one."""
    across = min(first[2], second[2]) - max(first[0], second[0])
    down = min(first[3], second[3]) - max(first[1], second[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return max(0.0, across) * max(0.0, down) / max(smaller, 1e-6)


def place_both(draft: Draft, taken: tuple[Box, ...] = ()) -> Part | None:
    """One copy of a thing on each side of the subject."""
    pairs = {"left", "right"}, {"beside_left", "beside_right"}
    thing = pick_thing(draft, lambda t: any(pair <= set(t.anchors) for pair in pairs))
    if thing is None:
        return None
    sides = ("left", "right") if "left" in thing.anchors else ("beside_left", "beside_right")
    sprite = draft.artwork.pick(thing.name, draft.rng)
    size = _size(draft, thing.size, sprite.aspect)
    spots = [find_spot(draft.scene, side, sprite.aspect, size) for side in sides]
    if any(spot is None for spot in spots) or spots[1].x - spots[0].x < 1.2 * spots[0].width:
        return None
    drawn = _elements(draft, thing, sprite, spots)
    if drawn is None or any(overlap(element.box, box) > 0.05 for element in drawn[0] for box in taken):
        return None
    return Part(thing, sprite.family, "both", drawn[1], drawn[0])


def place_many(draft: Draft) -> Part | None:
    """Several copies of a thing about the subject or over the background: as many as the words will say, else always as
    many, evenly. What words leave open is drawn alike, or its mean is a heap."""
    rng, scene = draft.rng, draft.scene
    around = ("around", "around") if scene.has_subject else ()
    anchor = one_of(rng, (*around, "scatter", "scatter", "sky", "bottom"))
    thing, told = pick_thing(draft, lambda t: anchor in t.anchors), rng.random() < 0.5
    if thing is None:
        return None
    sprite = draft.artwork.pick(thing.name, rng)
    size = lambda share: MIDDLE_SIZE * _legible(share, sprite.aspect)
    if anchor == "around":
        count = int(rng.integers(3, 13)) if told else 8
        spots = ring(scene, sprite.aspect, size(0.3 - 0.012 * count), count)
    elif anchor in ("sky", "bottom"):
        count = int(rng.integers(3, 8)) if told else 5
        spots = row(scene, sprite.aspect, size(0.36 - 0.02 * count), count, anchor)
    else:
        across = float(rng.uniform(2.0, 4.2)) if told else 3.2
        columns = max(2, round(across * scene.width / scene.scale))
        spots = lattice(scene, sprite.aspect, size(0.68 / across), columns)
    if not 3 <= len(spots) <= MOST_COPIES:
        return None
    drawn = _elements(draft, thing, sprite, spots)
    return Part(thing, sprite.family, anchor, drawn[1], drawn[0], told=told) if drawn is not None else None
