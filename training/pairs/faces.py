"""Where things worn on a face or neck go, from the landmarks of a face seen from the front."""

from __future__ import annotations

import numpy as np

from .anchors import Spot
from .scene import Scene

LEAST_SIDE = 0.07
"""Side of a square with the thing's area, relative to sqrt(H * W), below which nobody would see it."""

_EYES, _LIP, _CHIN = 0.06, 0.76, 0.4
"""Middle of glasses, middle of a moustache, top of a beard: share of the way from the eyes to the mouth."""

_NECK_PEOPLE, _NECK_PETS = 1.95, 1.5
"""Top of what hangs about the neck, on the same scale: an animal's chin is close to its mouth."""

_MAY_BE_CUT = 0.4
"""Share of a neck's thing that may lie below the picture's lower edge, where the photo cuts the body, too."""


def find_face_spot(scene: Scene, anchor: str, aspect: float, fit: float) -> Spot | None:
    """A spot for a picture of the aspect ratio, fit eye distances wide; None without a face or where it would be too small.

    anchor: one of things.FACE_ANCHORS. The spot is turned with the line of the eyes.
    """
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
    unit = down / np.hypot(*down)
    if anchor == "ears":
        if scene.head is None:
            return None
        # The band passes over the hair.
        middle = eyes + unit * (scene.head.box[1] - 0.06 * width - eyes[1] + height / 2)
    elif anchor == "eyes":
        middle = eyes + _EYES * down
    elif anchor == "lip":
        middle = eyes + _LIP * down
    else:
        start = _CHIN if anchor == "chin" else _NECK_PEOPLE if scene.is_person else _NECK_PETS
        middle = eyes + start * down + unit * height / 2
    x, y = middle
    below = y + height / 2 - scene.height
    if x - width / 2 < 0 or x + width / 2 > scene.width or y - height / 2 < 0 or below > (_MAY_BE_CUT * height if anchor == "neck" else 0):
        return None
    angle = -float(np.degrees(np.arctan2(*(right - left)[::-1])))
    return Spot(anchor, float(x), float(y), float(width), float(height), angle=angle)
