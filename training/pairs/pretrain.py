"""Pre-training pairs: plain instruction edits with plain artwork, one at a time, from a photo view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from . import edits, grammar
from .anchors import PEOPLE, Scene, Spot, find_spot, lattice, on_token_grid, ring
from .artwork import Artwork, Sprite
from .faces import LEAST_SIDE, find_face_spot
from .pair import COVERAGE_MAX, COVERAGE_MIN, Layer, Pair, is_visible
from .palette import BRIGHT, PALETTE, contrast
from .photos import PLACES, SHARP_ENOUGH, Photo
from .things import BY_NAME, Thing

KIND_WEIGHTS = {
    "place": 0.56, "two": 0.04, "pair": 0.07, "surround": 0.09, "outline": 0.07, "pattern": 0.04, "band": 0.04, "frame": 0.01,
    "backdrop": 0.01, "remove": 0.04, "recolour": 0.03,
}  # fmt: skip
"""Share of each edit kind among pairs on photos with a subject; those a view has no room for are drawn again."""

ATTEMPTS = 60
TRIES_A_KIND = 10
LEAST_COVERAGE = {"band": 0.07, "pattern": 0.09, "surround": 0.07}
"""Kinds that lie behind the subject: less than this share of the picture is a fragment nobody would recognise."""

MOST_COVERAGE = {"backdrop": 0.92}
"""Kinds that may cover more than COVERAGE_MAX, because covering is what was asked for."""

LEAST_CONTRAST = 45.0
"""Grey levels between a named colour and what it is painted on: below it the doodle melts into the photo."""


class PairError(Exception):
    """No edit fits the view; the message names the photo."""


@dataclass
class _Draft:
    """What one attempt works with."""

    rng: np.random.Generator
    view: Photo
    scene: Scene
    artwork: Artwork
    subject: grammar.Subject
    phrasing: str

    def one(self, options):
        """One of the options, evenly."""
        return options[int(self.rng.integers(len(options)))]

    def finish(self, layer: Layer, text: str, **meta) -> Pair:
        """The pair of the photo and the photo with the layer."""
        target, alpha = layer.composite(self.view.image)
        meta |= {"photo": self.view.id, "subject": self.view.subject, "phrasing": self.phrasing, "backdrop": self.view.backdrop}
        known = self.view.has_subject or self.view.subject in PLACES
        return Pair(self.view.image, target, alpha, text, meta, self.view.matte if known else None)


def make_pretrain_pair(
    rng: np.random.Generator, view: Photo, artwork: Artwork, kind: str | None = None, phrasing: str = "train"
) -> Pair:
    """One pre-training pair on a photo view (uint8 [H, W, 3], 128 to 1024 px a side).

    kind: one of KIND_WEIGHTS, or None to draw it. phrasing: one of grammar.PHRASINGS. The doodle covers COVERAGE_MIN to
    COVERAGE_MAX (MOST_COVERAGE) of the picture and stands out from it. Raises PairError when nothing fits (a kind that needs a subject on a photo without one).
    """
    scene = Scene(view)
    if kind is None and view.sharp < SHARP_ENOUGH and view.subject not in PLACES:
        kind = "place"  # where the background is nobody knows, but corners and the middle are certain
    kinds, weights = tuple(KIND_WEIGHTS), np.array(tuple(KIND_WEIGHTS.values()))
    for attempt in range(ATTEMPTS):
        # A kind gets several tries, or the kinds that always fit would crowd out those that depend on the view.
        if attempt % TRIES_A_KIND == 0:
            chosen = kind or kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
        subject = grammar.name_subject(view.subject, scene.has_subject, rng)
        pair = _BUILDERS[chosen](_Draft(rng, view, scene, artwork, subject, phrasing))
        if pair is None:
            continue
        least, most = LEAST_COVERAGE.get(chosen, COVERAGE_MIN), MOST_COVERAGE.get(chosen, COVERAGE_MAX)
        if least <= pair.coverage <= most and is_visible(pair):
            return pair
    raise PairError(f"no {kind or 'edit'} fits this view of {view.id}: draw another view or another photo")


def _pick_thing(draft: _Draft, keep: Callable[[Thing], bool]) -> Thing | None:
    things = [thing for thing in draft.artwork.things if keep(thing)]
    if not things:
        return None
    # The root: what is asked for most comes more often, and the rest often enough to be learnt.
    weights = np.sqrt([thing.weight for thing in things])
    return things[int(draft.rng.choice(len(things), p=weights / weights.sum()))]


def _pick_colour(draft: _Draft, thing: Thing, spots: list[Spot]) -> str | None:
    """A named colour that stands out where the thing goes, or None for its own colours."""
    if not thing.colours or (not thing.always_coloured and draft.rng.random() < 0.45):
        return None
    ground = np.mean([_ground(draft, spot) for spot in spots], axis=0)
    return _contrasting(draft, thing.colours, ground)


def _contrasting(draft: _Draft, colours: tuple[str, ...], ground: np.ndarray) -> str:
    clear = [name for name in colours if contrast(PALETTE[name], ground) >= LEAST_CONTRAST]
    return draft.one(clear or list(colours))


def _ground(draft: _Draft, spot: Spot) -> np.ndarray:
    """Mean colour, 0..255, of the photo under a spot."""
    height, width = draft.scene.height, draft.scene.width
    x0, x1 = int(max(0, spot.x - spot.width / 2)), int(min(width, spot.x + spot.width / 2))
    y0, y1 = int(max(0, spot.y - spot.height / 2)), int(min(height, spot.y + spot.height / 2))
    part = draft.view.image[y0 : max(y1, y0 + 1) : 2, x0 : max(x1, x0 + 1) : 2]
    return part.reshape(-1, 3).mean(axis=0) if part.size else np.full(3, 128.0)


def _background(draft: _Draft) -> np.ndarray:
    """Mean colour of the photo outside the subject."""
    weight = 1.0 - draft.scene.matte[::4, ::4]
    return (draft.view.image[::4, ::4] * weight[..., None]).sum(axis=(0, 1)) / max(1.0, float(weight.sum()))


def _size(draft: _Draft, size: float, aspect: float = 1.0) -> float:
    """size with a little jitter; long, thin artwork gets a longer side, so that it stays legible."""
    thin = min(aspect, 1.0 / aspect)
    return float(size * min(1.3, max(1.0, np.sqrt(0.62 / thin))) * draft.rng.uniform(0.94, 1.06))


def _paint(draft: _Draft, thing: Thing, sprite: Sprite, spots: list[Spot]) -> tuple[Layer, str | None]:
    colour = _pick_colour(draft, thing, spots)
    if not thing.may_be_mirrored:
        spots = [replace(spot, mirrored=False) for spot in spots]
    if thing.is_worn_on_face:
        angles = [spot.angle + float(draft.rng.uniform(-MOST_ANGLE, MOST_ANGLE)) for spot in spots]
    else:
        angles = [0.0] * len(spots)
    return edits.paint_things(draft.scene, draft.artwork, sprite, spots, colour, angles), colour


@dataclass
class _Placement:
    thing: Thing
    sprite: Sprite
    anchor: str
    colour: str | None
    layer: Layer
    spot: Spot | None = None


_SINGLE = {
    "eyes": 1.0, "lip": 1.0, "chin": 1.0, "neck": 1.0, "ears": 1.0,
    "head": 4.0, "perch": 1.5, "back": 1.0, "halo": 1.0, "left": 1.2, "right": 1.2, "beside_left": 1.2, "beside_right": 1.2, "above": 1.5, "behind": 1.0,
    "front": 0.8, "middle": 0.5, "top_left": 0.25, "top_right": 0.25,
}  # fmt: skip
"""Anchors of a single thing, with the frequency relative to the thing's other anchors."""

WORN_SHARE = 0.25
"""Extra share of hats among single things: they are asked for most, and many views have no room for one."""

FACE_SHARE = 0.45
"""Share of single things on a view with a known face that are worn on it: few views know theirs."""

_FACES = (*PEOPLE, "cat", "dog")
"""Subjects whose middle may be a face: nothing is put right on it."""


def _place_one(draft: _Draft, thing: Thing | None = None) -> _Placement | None:
    thing = thing or _pick_thing(draft, _single_things(draft))
    if thing is None:
        return None
    anchors = [a for a in thing.anchors if a in _SINGLE]
    if draft.view.subject in _FACES:
        anchors = [a for a in anchors if a != "middle"]
    if not anchors:
        return None
    sprite = draft.artwork.pick(thing.name, draft.rng)
    weights = np.array([_SINGLE[a] for a in anchors])
    for anchor in draft.rng.choice(anchors, len(anchors), replace=False, p=weights / weights.sum()):
        spot = _find(draft, thing, sprite, str(anchor))
        if spot is not None and not _covers_face(draft, spot):
            if not thing.is_worn_on_face:  # that sits where the face is
                spot = on_token_grid(spot, draft.scene)
            layer, colour = _paint(draft, thing, sprite, [spot])
            if _shown(layer, sprite, spot) >= _LEAST_SHOWN.get(str(anchor), 0.8):
                return _Placement(thing, sprite, str(anchor), colour, layer, spot)
    return None


MOST_ANGLE = 2.0
"""Degrees by which something worn on a face may be turned against it."""

_LEAST_SHOWN = {"back": 0.3, "behind": 0.42, "neck": 0.65}
"""Least share of a thing that neither the subject nor the picture's edge may hide."""


def _shown(layer: Layer, sprite: Sprite, spot: Spot) -> float:
    """Share of the artwork at a spot that can be seen, 0..1."""
    return float(layer.alpha.sum()) / max(1.0, sprite.solid * spot.width * spot.height)


def _single_things(draft: _Draft) -> Callable[[Thing], bool]:
    """Which things to choose among: now and then only those worn on the face or the head."""
    if draft.scene.has_subject and draft.scene.face is not None and draft.rng.random() < FACE_SHARE:
        return lambda thing: thing.is_worn_on_face
    if draft.scene.has_subject and draft.rng.random() < WORN_SHARE:
        return lambda thing: thing.anchors[0] == "head"
    return lambda thing: not thing.is_worn_on_face and any(a in _SINGLE for a in thing.anchors)


def _find(draft: _Draft, thing: Thing, sprite: Sprite, anchor: str) -> Spot | None:
    if thing.is_worn_on_face:
        return find_face_spot(draft.scene, anchor, sprite.aspect, thing.size * float(draft.rng.uniform(0.95, 1.05)))
    spot = find_spot(draft.scene, anchor, sprite.aspect, _size(draft, thing.size, sprite.aspect))
    if spot is not None and np.sqrt(spot.width * spot.height) < LEAST_SIDE * draft.scene.scale:
        return None
    return spot


def _covers_face(draft: _Draft, spot: Spot) -> bool:
    """Would something in front of a person or pet hide the face? Face and chin reach a third further down than the head is wide."""
    head = draft.scene.head
    if spot.anchor != "front" or draft.view.subject not in _FACES or head is None:
        return False
    return spot.y - spot.height / 2 < head.seat + 1.3 * head.width


def _meta(placement: _Placement, kind: str, **more) -> dict:
    return {
        "kind": kind, "things": [placement.thing.name], "colour": placement.colour, "anchor": placement.anchor,
        "family": placement.sprite.family, **more,
    }  # fmt: skip


def _place(draft: _Draft) -> Pair | None:
    placement = _place_one(draft)
    if placement is None:
        return None
    text = grammar.place_text(draft.rng, placement.thing, placement.colour, placement.anchor, draft.subject, draft.phrasing)
    return draft.finish(placement.layer, text, **_meta(placement, "place", count=1))


def _two(draft: _Draft) -> Pair | None:
    """Two different things at two places that do not touch."""
    first, second = _place_one(draft), _place_one(draft)
    if first is None or second is None or first.thing is second.thing or first.anchor == second.anchor:
        return None
    if _overlap(first.spot, second.spot) > 0.05 or "middle" in (first.anchor, second.anchor):
        return None
    first.layer.over(second.layer.colour, second.layer.alpha)
    parts = [(placement.thing, placement.colour, placement.anchor) for placement in (first, second)]
    text = grammar.two_text(draft.rng, *parts, draft.subject, draft.phrasing)
    meta = _meta(first, "two", count=2) | {
        "things": [placement.thing.name for placement in (first, second)], "colours": [first.colour, second.colour],
        "anchors": [first.anchor, second.anchor],
    }  # fmt: skip
    return draft.finish(first.layer, text, **meta)


def _overlap(first: Spot, second: Spot) -> float:
    """Shared area of two spots' boxes relative to the smaller box."""
    across = min(first.x + first.width / 2, second.x + second.width / 2) - max(first.x - first.width / 2, second.x - second.width / 2)
    down = min(first.y + first.height / 2, second.y + second.height / 2) - max(first.y - first.height / 2, second.y - second.height / 2)
    return max(0.0, across) * max(0.0, down) / min(first.width * first.height, second.width * second.height)


def _remove(draft: _Draft) -> Pair | None:
    """The inverse of another edit: the source has the doodle, the target has not."""
    kind = draft.one(("place", "place", "place", "outline", "frame", "surround"))
    pair = _BUILDERS[kind](draft)
    if pair is None:
        return None
    name, colour = pair.meta["things"][0], pair.meta["colour"]
    what, anchor = name, pair.meta["anchor"]
    if kind == "outline":
        what = "outline"
    elif kind == "surround":
        what = BY_NAME[name].plural
    what = f"{colour} {what}" if colour else what
    if kind == "frame":
        anchor = "edges"
    text = grammar.remove_text(draft.rng, what, anchor, draft.subject, draft.phrasing)
    return Pair(pair.target, pair.source, pair.alpha, text, pair.meta | {"kind": "remove"}, pair.matte)


def _pair(draft: _Draft) -> Pair | None:
    """Wings, a halo, or one copy on each side."""
    if draft.rng.random() < 0.6:
        name = draft.one(("wings", "wings", "halo", "halo", "cape", "butterfly wings", "bat wings"))
        if name not in draft.artwork.names:
            return None
        placement = _place_one(draft, BY_NAME[name])
        if placement is None:
            return None
        text = grammar.place_text(draft.rng, placement.thing, placement.colour, placement.anchor, draft.subject, draft.phrasing)
        return draft.finish(placement.layer, text, **_meta(placement, "pair", count=1))
    thing = _pick_thing(draft, lambda t: {"left", "right"} <= set(t.anchors) or {"beside_left", "beside_right"} <= set(t.anchors))
    if thing is None:
        return None
    sides = ("left", "right") if "left" in thing.anchors else ("beside_left", "beside_right")
    sprite = draft.artwork.pick(thing.name, draft.rng)
    size = _size(draft, thing.size, sprite.aspect)
    spots = [find_spot(draft.scene, side, sprite.aspect, size) for side in sides]
    if any(spot is None for spot in spots) or spots[1].x - spots[0].x < 1.2 * spots[0].width:
        return None
    spots = [on_token_grid(spot, draft.scene) for spot in spots]
    layer, colour = _paint(draft, thing, sprite, spots)
    text = grammar.several_text(draft.rng, thing, colour, 2, "both", draft.subject, draft.phrasing)
    return draft.finish(layer, text, **_meta(_Placement(thing, sprite, "both", colour, layer), "pair", count=2))


def _surround(draft: _Draft) -> Pair | None:
    anchor = "around" if draft.scene.has_subject and draft.rng.random() < 0.5 else "scatter"
    thing = _pick_thing(draft, lambda t: anchor in t.anchors)
    if thing is None:
        return None
    sprite = draft.artwork.pick(thing.name, draft.rng)
    size = _size(draft, 0.27, sprite.aspect)
    if anchor == "around":
        spots = ring(draft.scene, sprite.aspect, size, 8)
    else:
        spots = lattice(draft.scene, sprite.aspect, size, max(2, round(3 * draft.scene.width / draft.scene.scale)))
    if len(spots) < 4:
        return None
    spots = [on_token_grid(spot, draft.scene) for spot in spots]
    layer, colour = _paint(draft, thing, sprite, spots)
    text = grammar.several_text(draft.rng, thing, colour, len(spots), anchor, draft.subject, draft.phrasing)
    return draft.finish(layer, text, **_meta(_Placement(thing, sprite, anchor, colour, layer), "surround", count=len(spots)))


def _outline(draft: _Draft) -> Pair | None:
    if not draft.scene.has_subject:
        return None
    colour = _contrasting(draft, tuple(PALETTE), _background(draft))
    thick = draft.rng.random() < 0.5
    look = "solid" if draft.rng.random() < 0.55 else draft.one(edits.OUTLINES[1:])
    layer = edits.paint_outline(draft.scene, colour, 0.045 if thick else 0.026, 0.012 if look != "glow" else 0.0, look)
    text = grammar.outline_text(draft.rng, colour, thick, draft.subject, draft.phrasing, look)
    name = "outline" if look == "solid" else f"{look} outline"
    return draft.finish(layer, text, kind="outline", things=[name], colour=colour, anchor="around", count=1)


def _pattern(draft: _Draft) -> Pair | None:
    pattern = draft.one(edits.PATTERNS)
    colour = _contrasting(draft, (*BRIGHT, "white"), _background(draft))
    layer = edits.paint_pattern(draft.scene, pattern, colour, 0.85)
    text = grammar.pattern_text(draft.rng, pattern, colour, draft.subject, draft.phrasing)
    return draft.finish(layer, text, kind="pattern", things=[pattern], colour=colour, anchor="background", count=1)


def _band(draft: _Draft) -> Pair | None:
    shape = draft.one(edits.BANDS)
    colour = _contrasting(draft, (*BRIGHT, "white"), _background(draft))
    layer = edits.paint_band(draft.scene, shape, colour)
    text = grammar.band_text(draft.rng, shape, colour, draft.subject, draft.phrasing)
    return draft.finish(layer, text, kind="band", things=[shape], colour=colour, anchor="behind", count=1)


def _frame(draft: _Draft) -> Pair | None:
    look = draft.one(edits.FRAMES)
    edge = np.concatenate([draft.view.image[:6].reshape(-1, 3), draft.view.image[-6:].reshape(-1, 3)]).mean(axis=0)
    colour = _contrasting(draft, tuple(PALETTE), edge)
    layer = edits.paint_frame(draft.scene, look, colour)
    text = grammar.frame_text(draft.rng, look, colour, draft.subject, draft.phrasing)
    return draft.finish(layer, text, kind="frame", things=[look], colour=colour, anchor="edges", count=1)


def _backdrop(draft: _Draft) -> Pair | None:
    if not draft.scene.has_subject:
        return None
    colour = _contrasting(draft, tuple(PALETTE), _background(draft))
    layer = edits.paint_backdrop(draft.scene, colour)
    text = grammar.backdrop_text(draft.rng, colour, draft.subject, draft.phrasing)
    return draft.finish(layer, text, kind="backdrop", things=["backdrop"], colour=colour, anchor="background", count=1)


def _recolour(draft: _Draft) -> Pair | None:
    if not draft.scene.has_subject or draft.view.coverage > 0.55 or draft.view.subject in PEOPLE:
        return None
    ground = (draft.view.image * draft.scene.matte[..., None]).sum(axis=(0, 1)) / max(1.0, float(draft.scene.matte.sum()))
    colour = _contrasting(draft, BRIGHT, ground)
    layer = edits.paint_tint(draft.scene, colour)
    edits.shade_tint(layer, draft.view.image)
    text = grammar.recolour_text(draft.rng, colour, draft.subject, draft.phrasing)
    return draft.finish(layer, text, kind="recolour", things=[], colour=colour, anchor="subject", count=1)


_BUILDERS: dict[str, Callable[[_Draft], Pair | None]] = {
    "place": _place, "two": _two, "pair": _pair, "frame": _frame, "backdrop": _backdrop, "surround": _surround, "outline": _outline, "pattern": _pattern, "band": _band,
    "remove": _remove, "recolour": _recolour,
}  # fmt: skip
