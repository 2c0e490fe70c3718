"""Where a doodle may go: spots found from a scene, for any subject and any picture size.

All lengths are pixels of the view; `scale` = sqrt(H * W) is the unit that sizes are relative to.
"""

from dataclasses import dataclass

import numpy as np

from data.scene import Scene
from data.things import CORNERS

BRIM, LOWEST_BRIM = 0.12, 0.36  # Lower edge of a hat below the crown's point in head heights: put on, not balanced
HALO_GAP = 0.06  # Above the head's top, likewise
WORN_WIDTHS, WORN_MOST_HEIGHT = (0.5, 1.75), 1.7  # Of what is worn on the head, in head widths and heights
LEAST_HEAD = 0.07  # Width of the smallest head that something is put on, relative to scale
LEAST_SIZE = 0.16  # Longest side of the smallest thing, relative to scale, but for what is worn
LEAST_SIDE = 0.07  # Side of a square with the area of a face's thing, relative to scale: less nobody sees
_ON_FACE = {"eyes": 0.06, "lip": 0.76, "chin": 0.4}  # Glasses, moustache, top of a beard: share from eyes to mouth
_NECK_PEOPLE, _NECK_PETS = 1.95, 1.5  # Top of a neck's thing, likewise: an animal's chin is close to its mouth
_MAY_BE_CUT = 0.4  # Share of a neck's thing that may lie below the picture, where the photo cuts the body, too
WINGSPAN = 1.9  # Of wings, in widths of the body
MOST_COPIES = 16  # Copies of one thing in a picture: the layout has a slot for each


@dataclass(frozen=True)
class Spot:
    """A place: centre, width and height of the picture's box, its layer to the subject, degrees against the clock."""

    anchor: str
    x: float
    y: float
    width: float
    height: float
    behind: bool = False
    mirrored: bool = False
    angle: float = 0.0


def box_for(aspect: float, longest: float) -> tuple[float, float]:
    """(width, height) of a box of the aspect ratio (width / height) with the given longest side."""
    return (longest, longest / aspect) if aspect >= 1 else (longest * aspect, longest)


def _inside(middle: float, size: float, limit: float) -> float:
    """The middle nearest to the wish that keeps size within 0..limit; the limit's own middle when it is too big."""
    return limit / 2 if size >= limit else float(np.clip(middle, size / 2, limit - size / 2))


def find_spot(scene: Scene, anchor: str, aspect: float, size: float, dip: float = 0.0) -> Spot | None:
    """A spot for a picture of the aspect ratio with longest side size * scale (head, halo: width in head widths); None
    when the view has no room for it, or for something worn no known head. dip: share of its height below the brim."""
    if anchor in ("head", "halo"):
        return _worn(scene, anchor, aspect, size, dip)
    if not scene.has_subject and anchor not in (*CORNERS, "middle"):
        return None
    finder = _FINDERS.get(anchor)
    if finder is not None:
        return finder(scene, anchor, aspect, size)
    for shrink in (1.0,) if anchor in ("front", "middle") else (1.0, 0.85, 0.7, 0.57):
        spot = _spot(scene, anchor, *box_for(aspect, max(size * shrink, LEAST_SIZE) * scene.scale))
        if spot is not None:
            return spot
    return None


def _worn(scene: Scene, anchor: str, aspect: float, size: float, dip: float) -> Spot | None:
    head = scene.head
    if head is None or head.width < LEAST_HEAD * scene.scale:
        return None
    width = float(np.clip(size * head.width, *(share * head.width for share in WORN_WIDTHS)))
    height = width / aspect
    if height > WORN_MOST_HEIGHT * head.height:
        height = WORN_MOST_HEIGHT * head.height
        width = max(height * aspect, 0.45 * head.width)
    x, crown = head.crown
    below = min(BRIM * head.height + dip * height, LOWEST_BRIM * head.height)
    lower = crown + below if anchor == "head" else head.box[1] - HALO_GAP * head.height
    return Spot(anchor, x, lower - height / 2, width, height)


def find_face_spot(scene: Scene, anchor: str, aspect: float, fit: float) -> Spot | None:
    """A spot for a picture of the aspect ratio, fit eye distances wide, turned with the line of the eyes; None without
    a face or where it would be too small. anchor: one of things.FACE_ANCHORS."""
    face = scene.face
    if face is None:
        return None
    left, right, mouth = face.points
    eyes = (left + right) / 2
    down = mouth - eyes
    width = fit * face.eye_distance
    height = width / aspect
    if np.sqrt(width * height) < LEAST_SIDE * scene.scale or np.hypot(*down) < 1.0:
        return None
    hanging = down / np.hypot(*down) * height / 2
    if anchor == "ears":
        if scene.head is None:
            return None
        # The band passes over the hair.
        middle = eyes + down / np.hypot(*down) * (scene.head.box[1] - 0.06 * width - eyes[1] + height / 2)
    else:
        start = _ON_FACE.get(anchor, _NECK_PEOPLE if scene.is_person else _NECK_PETS)
        middle = eyes + start * down + (0 if anchor in ("eyes", "lip") else hanging)
    x, y = middle
    below = y + height / 2 - scene.height
    if below > (_MAY_BE_CUT * height if anchor == "neck" else 0):
        return None
    if x - width / 2 < 0 or x + width / 2 > scene.width or y - height / 2 < 0:
        return None
    angle = -float(np.degrees(np.arctan2(*(right - left)[::-1])))
    return Spot(anchor, float(x), float(y), float(width), float(height), angle=angle)


def _perch(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    """Something that stands on the subject's top instead of being worn."""
    top = scene.top
    least, most = LEAST_SIZE * scene.scale, 0.86 * size * scene.scale
    return _spot(scene, anchor, *box_for(aspect, float(np.clip(1.3 * top.width, least, most))))


def _back(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    """Wings: complete, wherever the picture's edge cuts them."""
    x0, y0, x1, y1 = scene.box
    body = x1 - x0
    width = float(np.clip(WINGSPAN * size * body, 0.4 * scene.scale, 1.15 * scene.width))
    if body / width <= 0.72:
        height, x = width / aspect, (x0 + x1) / 2
        if x - width / 2 < -0.25 * width or x + width / 2 > scene.width + 0.25 * width:
            return None
        return Spot(anchor, x, y0 + 0.36 * (y1 - y0), width, height, behind=True)
    # A portrait's shoulders fill the picture: the wings rise from behind them beside the head.
    top = scene.top
    width = float(np.clip(2.9 * top.width, 0.7 * scene.scale, 1.15 * scene.width))
    height = width / aspect
    y = top.seat + 0.28 * height
    if abs(top.x - scene.width / 2) > 0.25 * scene.width or scene.occupied(top.x, y, width, height) > 0.6:
        return None
    return Spot(anchor, top.x, y, width, height, behind=True)


def _shoulders(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    """A cape that hangs from the neck behind the body."""
    x0, y0, x1, y1 = scene.box
    head = scene.head
    neck = head.box[3] - 0.12 * head.height if head is not None else y0 + 0.2 * (y1 - y0)
    x = 0.5 * (head.crown[0] + (x0 + x1) / 2) if head is not None else (x0 + x1) / 2
    width = float(np.clip(1.35 * size * (x1 - x0), 0.25 * scene.scale, 1.3 * scene.width))
    return Spot(anchor, x, neck + width / aspect / 2, width, width / aspect, behind=True)


def _behind(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    x0, y0, x1, y1 = scene.box
    most = 0.92 * min(scene.width, scene.height)
    size = float(np.clip(1.25 * min(x1 - x0, y1 - y0), 0.4 * scene.scale, most))
    return _spot(scene, anchor, *box_for(aspect, size))


_FINDERS = {"perch": _perch, "back": _back, "shoulders": _shoulders, "behind": _behind}


# ---- Places: where a box of a given size lies. The app settles the layout's boxes by the same rules.

Place = tuple[float, float] | None  # Middle of a box, or None where the view has no room for it


def place_of(scene: Scene, anchor: str, width: float, height: float) -> Place:
    """The middle of a box, pixels, at an anchor of PLACES; None where the view has no room for it there."""
    rule = _side if anchor in SIDES else _corner if anchor in CORNERS else _PLACES[anchor]
    return rule(scene, anchor, width, height)


def _spot(scene: Scene, anchor: str, width: float, height: float) -> Spot | None:
    """Mirrored on the left, so that what looks to the left looks at the subject."""
    place = place_of(scene, anchor, width, height)
    return place and Spot(anchor, *place, width, height, anchor in _BEHIND, anchor in SIDES and anchor.endswith("left"))


def _on_top(scene: Scene, anchor: str, width: float, height: float) -> Place:
    y = scene.top.seat - 0.9 * height
    return None if y < -0.12 * height else (_inside(scene.top.x, width, scene.width), max(y, 0.0) + height / 2)


def _hidden(scene: Scene, anchor: str, width: float, height: float) -> Place:
    x = _inside(scene.top.x, width, scene.width)
    y = _inside(scene.top.seat + 0.1 * height, height, scene.height)
    return (x, y) if scene.occupied(x, y, width, height) <= 0.5 else None


def _at_feet(scene: Scene, anchor: str, width: float, height: float) -> Place:
    x0, y0, x1, y1 = scene.box
    y = min(y1 + 0.05 * height, scene.height) - height / 2
    return None if y - height / 2 < y0 + 0.38 * (y1 - y0) else (_inside((x0 + x1) / 2, width, scene.width), y)


def _middle(scene: Scene, anchor: str, width: float, height: float) -> Place:
    x0, y0, x1, y1 = scene.box or (0, 0, scene.width, scene.height)
    if scene.has_subject and min(x1 - x0, y1 - y0) < 0.9 * max(width, height):
        return None
    return (x0 + x1) / 2, (y0 + y1) / 2


def _above(scene: Scene, anchor: str, width: float, height: float) -> Place:
    y = scene.top.top - 0.56 * height
    if y < 0.5 * height:
        y = 0.5 * height
        if y + 0.38 * height > scene.top.seat:
            return None
    return _inside(scene.top.x, width, scene.width), y


def _side(scene: Scene, anchor: str, width: float, height: float) -> Place:
    x0, y0, x1, y1 = scene.box
    left, grounded = anchor.endswith("left"), anchor.startswith("beside")
    middle, gap = (x0 + x1) / 2, 0.52 * width
    wish_x = _inside(x0 - gap if left else x1 + gap, width, scene.width)
    wish_y = _inside(y1 - 0.5 * height if grounded else y0 + 0.34 * (y1 - y0), height, scene.height)
    # Over the middle of a wide subject is neither left nor right of it.
    away = max(0.2 * width, 0.25 * (x1 - x0))
    x_range = (0.0, middle - away) if left else (middle + away, float(scene.width))
    x, y, occupied = scene.freest(width, height, (wish_x, wish_y), x_range)
    if occupied > 0.14 or (grounded and y + height / 2 < y0 + 0.62 * (y1 - y0)):
        return None
    return x, y


def _corner(scene: Scene, anchor: str, width: float, height: float) -> Place:
    margin, at_top = 0.03 * scene.scale, anchor.startswith("top")
    x = margin + width / 2 if anchor.endswith("left") else scene.width - margin - width / 2
    y = margin + height / 2 if at_top else scene.height - margin - height / 2
    # At the bottom there is nearly always somebody: there it lies before them.
    return (x, y) if scene.occupied(x, y, width, height) <= (0.14 if at_top else 0.7) else None


SIDES = ("left", "right", "beside_left", "beside_right")
_PLACES = {"perch": _on_top, "behind": _hidden, "front": _at_feet, "middle": _middle, "above": _above}
PLACES = (*SIDES, *CORNERS, *_PLACES)
_BEHIND = ("behind", *SIDES, "top_left", "top_right")


def ring(scene: Scene, aspect: float, size: float, count: int) -> list[Spot]:
    """Spots about the subject's box at equal angles; none outside the picture or mostly on it."""
    x0, y0, x1, y1 = scene.box
    width, height = box_for(aspect, size * scene.scale)
    spots: list[Spot] = []
    for k in range(count):
        angle = 2 * np.pi * (k + 0.5) / count - np.pi / 2
        away_x, away_y = ((x1 - x0) / 2 + 0.42 * width) * np.cos(angle), ((y1 - y0) / 2 + 0.42 * height) * np.sin(angle)
        x = _inside((x0 + x1) / 2 + away_x * 1.08, width, scene.width)
        y = _inside((y0 + y1) / 2 + away_y * 1.08, height, scene.height)
        crowded = any(abs(s.x - x) < 0.9 * width and abs(s.y - y) < 0.9 * height for s in spots)
        if not crowded and scene.occupied(x, y, width, height) < 0.36:
            spots.append(Spot("around", x, y, width, height, behind=True))
    return spots[:MOST_COPIES]


def row(scene: Scene, aspect: float, size: float, count: int, anchor: str) -> list[Spot]:
    """Spots side by side along the top behind the subject ("sky") or the bottom before it, up and down in turn."""
    width, height = box_for(aspect, min(size * scene.scale, 0.95 * scene.width / count))
    spots, top = [], scene.top
    for k in range(count):
        x, lower = (k + 0.5) * scene.width / count, k % 2
        if anchor == "sky":
            y, may_hide = height / 2 + (0.03 + 0.08 * lower) * scene.height, False
        else:
            y = scene.height - height * (0.5 - 0.1 * lower)
            may_hide = top is None or y - height / 2 >= top.seat + 1.1 * top.width
        if may_hide or scene.occupied(x, y, width, height) <= 0.3:
            spots.append(Spot(anchor, x, y, width, height, behind=anchor == "sky"))
    return spots


def lattice(scene: Scene, aspect: float, size: float, columns: int) -> list[Spot]:
    """Spots of a staggered lattice over the background; those mostly on the subject are left out."""
    width, height = box_for(aspect, size * scene.scale)
    step = scene.width / columns
    rows = max(2, round(scene.height / (step * 0.95)))
    spots = []
    for at in range(rows * columns):
        row, column = divmod(at, columns)
        x = _inside((column + 0.5 + (0.25 if row % 2 else -0.25)) * step, width, scene.width)
        y = _inside((row + 0.5) * scene.height / rows, height, scene.height)
        if scene.occupied(x, y, width, height) < 0.36:
            spots.append(Spot("scatter", x, y, width, height, behind=True))
    if len(spots) > MOST_COPIES:
        spots = [spots[int(i)] for i in np.linspace(0, len(spots) - 1, MOST_COPIES).round()]
    return spots
