"""Where a box lies is settled by the rules that pairs are placed by (data/anchors.py): the layout network says at which
anchor and how large, the subject's matte says the rest. Where a place depends on what is free, the network learns the
mean of several; the rule knows. The app's twin: src/engine/models/layout/settle.ts."""

import itertools
from collections import Counter
from functools import partial

import numpy as np

from data import anchors
from data.anchors import PLACES
from data.marks import Head
from data.photos import Photo
from data.placing import overlap as smaller_shared
from data.scene import GRID, Scene
from data.things import CORNERS
from model.heads import found_head
from model.matte import resampled
from model.slots import MAY_OVERLAP, Box, overlap

FINE = 2 * GRID  # Pixels of the plane that rules read, along the unit length sqrt(height * width)
SHRINKS = (1.0, 0.93, 0.86, 0.8, 0.74, 0.7, 0.65, 0.6)  # Of a box, one after the other, until there is room for it
MANY = ("around", "scatter", "sky", "bottom")
WORN = ("head", "halo")
PULLED = 0.24  # Most depth of a hat's lower edge, as BRIM: deeper, the network has lost the head
SIZED = ("back", "behind")  # Their size follows from the subject's, too
LEAST_COPIES = 3
LATTICE_COLUMNS = range(2, 7)
SAME = 0.5  # IoU from which on a true box is where the rule has it


def ground(matte: np.ndarray, aspect: float, cells: np.ndarray | None = None) -> Scene:
    """What rules read, of a matte [h, w], 0..1, of any size, a photo's width / height and the cells of `found_head`."""
    plane = resampled(matte, (round(FINE / aspect**0.5), round(FINE * aspect**0.5)))
    head = None if cells is None else found_head(cells, matte, plane.shape[::-1])
    return Scene(Photo("", "", np.zeros((*plane.shape, 3), np.uint8), plane, sharp=1.0, coverage=0.5, head=head))


def settled(boxes: list[Box], scene: Scene) -> list[Box]:
    """Every box at its anchor, a little smaller where that gives it room; as it was where it has none, or where only
    there it does not lie on one before it. Copies of one thing as a ring, a row or a lattice of as many."""
    done: list[Box] = []
    for _, own in itertools.groupby(boxes, lambda box: box.words):
        copies = list(own)
        many = _many(copies, Counter(box.anchor for box in copies).most_common(1)[0][0], scene)
        for box, put in zip(copies, many or [_settled(box, scene) for box in copies]):
            crowded = lambda one: any(_crowded(one, other) for other in done)
            done.append(box if not many and crowded(put) and not crowded(box) else put)
    return done


def _many(copies: list[Box], anchor: str, scene: Scene) -> list[Box] | None:
    """Copies of one thing by the rule of places for several; evenly some of them where all of its forms have more; None
    where none has as many."""
    if len(copies) < LEAST_COPIES or anchor not in MANY or (anchor == "around" and not scene.has_subject):
        return None
    width, height = (float(np.mean([box[at] for box in copies])) for at in (2, 3))
    wide, high = width * scene.width, height * scene.height
    given = scene, wide / high, max(wide, high) / scene.scale
    form = {"around": anchors.ring, "scatter": anchors.lattice}.get(anchor, partial(anchors.row, anchor=anchor))
    sizes = LATTICE_COLUMNS if anchor == "scatter" else range(len(copies), anchors.MOST_COPIES + 1)
    enough = [spots for size in sizes if len(spots := form(*given, size)) >= len(copies)]
    if not enough:
        return None
    spots = min(enough, key=len)
    evenly = np.floor(np.linspace(0, len(spots) - 1, len(copies)) + 0.5).astype(int)
    kept = [spots[at] for at in evenly]
    return [_put(box, scene, spot.x, spot.y, spot.width, spot.height) for box, spot in zip(copies, kept)]


def _crowded(a: Box, b: Box) -> bool:
    corners = lambda box: (box.cx - box.w / 2, box.cy - box.h / 2, box.cx + box.w / 2, box.cy + box.h / 2)
    return "whole" not in (a.kind, b.kind) and smaller_shared(corners(a), corners(b)) > MAY_OVERLAP


def _settled(box: Box, scene: Scene) -> Box:
    if box.kind == "whole":
        return box
    if box.anchor in WORN:
        return box if scene.head is None else _worn(box, scene, scene.head)
    if box.anchor in SIZED and scene.has_subject:
        width, height, body = box.w * scene.width, box.h * scene.height, scene.box[2] - scene.box[0]
        spot = anchors.find_spot(scene, box.anchor, width / height, width / (anchors.WINGSPAN * body))
        return spot and _put(box, scene, spot.x, spot.y, spot.width, spot.height) or box
    if box.anchor not in (PLACES if scene.has_subject else CORNERS):
        return box
    for shrink in SHRINKS:
        width, height = box.w * shrink * scene.width, box.h * shrink * scene.height
        place = anchors.place_of(scene, box.anchor, width, height)
        if place is not None:
            return _put(box, scene, *place, width, height)
    return box


def _worn(box: Box, scene: Scene, head: Head) -> Box:
    """On the crown, or over the head: only how deep a hat is pulled down is the network's, and how wide it is."""
    aspect = box.w * scene.width / (box.h * scene.height)
    width = float(np.clip(box.w * scene.width, *(share * head.width for share in anchors.WORN_WIDTHS)))
    height = min(width / aspect, anchors.WORN_MOST_HEIGHT * head.height)
    x, crown = head.crown
    own = (box.cy + box.h / 2) * scene.height
    depths = (crown + share * head.height for share in (anchors.BRIM, PULLED))
    lower = float(np.clip(own, *depths)) if box.anchor == "head" else head.box[1] - anchors.HALO_GAP * head.height
    return _put(box, scene, x, lower - height / 2, height * aspect, height)


def _put(box: Box, scene: Scene, x: float, y: float, width: float, height: float) -> Box:
    return box._replace(cx=x / scene.width, cy=y / scene.height, w=width / scene.width, h=height / scene.height)


def is_at_anchor(box: Box, anchor: str, scene: Scene) -> bool:
    """Would the anchor's rule put a true box about where it is? Else the network is told that its place is free."""
    return overlap(_settled(box._replace(anchor=anchor), scene), box) >= SAME
