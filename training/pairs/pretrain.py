"""Pre-training pairs: plain instruction edits with plain artwork, one at a time, from a photo view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from . import edits, grammar
from .artwork import Artwork
from .pair import Element, Pair
from .palette import BRIGHT, PALETTE
from .photos import PLACES, SHARP_ENOUGH, Photo
from .placing import Draft, Part, contrasting, pick_thing, place_both, place_many, place_one, seen_share
from .scene import Scene
from .thing import BACK

KIND_WEIGHTS = {
    "place": 0.46, "two": 0.20, "pair": 0.07, "surround": 0.09, "outline": 0.06, "pattern": 0.04, "band": 0.04,
    "frame": 0.02, "backdrop": 0.02,
}  # fmt: skip
"""Share of each edit kind among pairs on photos with a subject; those a view has no room for are drawn again."""

ATTEMPTS = 60
TRIES_A_KIND = 10
LEAST_SEEN = {"band": 0.07, "pattern": 0.08, "outline": 0.01, "frame": 0.02, "backdrop": 0.2}
"""Whole elements: less than this share of the picture is a fragment nobody would recognise."""

THREE_SHARE, BOTH_SHARE, WHOLE_SHARE = 0.35, 0.15, 0.1
"""Of "two": share of three different things; share whose last thing comes twice, once on each side, or is an outline or a frame."""


class PairError(Exception):
    """No edit fits the view; the message names the photo."""


def make_pretrain_pair(
    rng: np.random.Generator, view: Photo, artwork: Artwork, kind: str | None = None, phrasing: str = "train", things: int | None = None,
    scene: Scene | None = None,
) -> Pair:  # fmt: skip
    """One pre-training pair on a photo view (uint8 [H, W, 3], 128 to 1024 px a side).

    kind: one of KIND_WEIGHTS, or None to draw it. phrasing: one of grammar.PHRASINGS. things: only the first so many of the
    artwork's vocabulary. scene: Scene(view), where several pairs are drawn on one view. Everything stands out from the photo.
    Raises PairError when nothing fits (a kind that needs a subject on a photo without one).
    """
    scene = scene or Scene(view)
    if kind is None and view.sharp < SHARP_ENOUGH and view.subject not in PLACES:
        kind = "place"  # where the background is nobody knows, but corners and the middle are certain
    kinds, weights = tuple(KIND_WEIGHTS), np.array(tuple(KIND_WEIGHTS.values()))
    for attempt in range(ATTEMPTS):
        # A kind gets several tries, or the kinds that always fit would crowd out those that depend on the view.
        if attempt % TRIES_A_KIND == 0:
            chosen = kind or kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
        known = scene.has_subject or scene.head is not None or scene.face is not None
        subject = grammar.name_subject(view.subject, known, rng, scene.head is not None)
        pair = _BUILDERS[chosen](Draft(rng, view, scene, artwork, artwork.things[:things], subject, phrasing))
        if pair is not None:
            return pair
    raise PairError(f"no {kind or 'edit'} fits this view of {view.id}: draw another view or another photo")


def _finish(draft: Draft, kind: str, parts: list[list[Element]], said: grammar.Said, **meta) -> Pair:
    """The pair of all parts' elements, each with the span of its part's own words."""
    text, spans = said
    elements = [replace(element, words=span) for part, span in zip(parts, spans, strict=True) for element in part]
    first = elements[0]
    elements.sort(key=lambda element: 1 if element.kind != "whole" else 2 if element.anchor == "edges" else 0)  # painted in this order
    view = draft.view
    meta = {
        "kind": kind, "things": [part[0].thing for part in parts], "colour": first.colour, "anchor": first.anchor,
        "count": len(elements),
        "colours": [part[0].colour for part in parts], "anchors": [part[0].anchor for part in parts],
        "photo": view.id, "subject": view.subject, "phrasing": draft.phrasing, "backdrop": view.backdrop, **meta,
    }  # fmt: skip
    return Pair(view.image, draft.scene.matte, elements, text, meta)


def _finish_part(draft: Draft, kind: str, part: Part, said: grammar.Said) -> Pair:
    return _finish(draft, kind, [part.elements], said, anchor=part.anchor, anchors=[part.anchor], family=part.family)


def _place(draft: Draft) -> Pair | None:
    part = place_one(draft)
    if part is None:
        return None
    return _finish_part(draft, "place", part, _single(draft, part))


def _two(draft: Draft) -> Pair | None:
    """Two or three different things at places that do not touch; the last one sometimes on both sides."""
    rng = draft.rng
    wanted = 3 if rng.random() < THREE_SHARE else 2
    parts: list[Part] = []
    for _ in range(4 * wanted):
        taken = tuple(element.box for part in parts for element in part.elements)
        twice = len(parts) == wanted - 1 and rng.random() < BOTH_SHARE
        part = place_both(draft, taken) if twice else place_one(draft, taken=taken)
        if part is None or any(part.thing is other.thing or part.anchor == other.anchor for other in parts):
            continue
        parts.append(part)
        if len(parts) == wanted:
            break
    if len(parts) < 2:
        return None
    asked = [
        (part.elements, part.anchor, grammar.thing_words(rng, part.thing, part.colour, part.count, part.anchor, draft.subject, part.wished))
        for part in parts
    ]
    if rng.random() < WHOLE_SHARE:
        asked[-1] = _line(draft)
    asked = [asked[i] for i in rng.permutation(len(asked))]
    elements, anchors, phrases = zip(*asked, strict=True)
    said = grammar.parts_text(rng, list(phrases), draft.subject, draft.phrasing, any(part.wished for part in parts))
    return _finish(draft, "two", list(elements), said, anchors=list(anchors))


def _line(draft: Draft) -> tuple[list[Element], str, str]:
    """An outline or a frame as one of several parts: its element, anchor and words."""
    if draft.scene.has_subject and draft.rng.random() < 0.75:
        kind, look = "outline", draft.one(edits.OUTLINES)
        colour = contrasting(draft, tuple(PALETTE), _background(draft))
        element = edits.paint_outline(draft.scene, colour, float(draft.rng.uniform(0.02, 0.05)), look)
    else:
        kind, look = "frame", draft.one(edits.FRAMES)
        colour = contrasting(draft, tuple(PALETTE), _edge(draft))
        element = edits.paint_frame(draft.scene, look, colour)
    return [element], element.anchor, grammar.whole_words(draft.rng, kind, look, colour, draft.subject)


def _pair(draft: Draft) -> Pair | None:
    """Wings, a cape or a halo, or one copy on each side."""
    if draft.rng.random() < 0.6:
        thing = pick_thing(draft, lambda thing: thing.anchors in (BACK, ("shoulders",), ("halo",)))
        part = place_one(draft, thing) if thing is not None else None
        return _finish_part(draft, "pair", part, _single(draft, part)) if part is not None else None
    part = place_both(draft)
    return _finish_part(draft, "pair", part, _several(draft, part)) if part is not None else None


def _surround(draft: Draft) -> Pair | None:
    part = place_many(draft)
    return _finish_part(draft, "surround", part, _several(draft, part)) if part is not None else None


def _single(draft: Draft, part: Part) -> grammar.Said:
    return grammar.place_text(draft.rng, part.thing, part.colour, part.anchor, draft.subject, draft.phrasing, part.wished)


def _several(draft: Draft, part: Part) -> grammar.Said:
    return grammar.several_text(draft.rng, part.thing, part.colour, part.count, part.anchor, draft.subject, draft.phrasing)


def _whole(draft: Draft, kind: str, element: Element, said: grammar.Said) -> Pair | None:
    """The pair of an element as large as the photo; None when too little of it is seen."""
    share, _ = seen_share(draft, element)
    if share * float(element.layer[..., 3].mean()) < LEAST_SEEN[kind]:
        return None
    return _finish(draft, kind, [[element]], said)


def _background(draft: Draft) -> np.ndarray:
    """Mean colour of the photo outside the subject."""
    weight = 1.0 - draft.scene.matte[::4, ::4]
    return (draft.view.image[::4, ::4] * weight[..., None]).sum(axis=(0, 1)) / max(1.0, float(weight.sum()))


def _edge(draft: Draft) -> np.ndarray:
    """Mean colour of the photo along its upper and lower edge."""
    return np.concatenate([draft.view.image[:6].reshape(-1, 3), draft.view.image[-6:].reshape(-1, 3)]).mean(axis=0)


def _outline(draft: Draft) -> Pair | None:
    if not draft.scene.has_subject:
        return None
    colour = contrasting(draft, tuple(PALETTE), _background(draft))
    thick = draft.rng.random() < 0.5
    look = "solid" if draft.rng.random() < 0.55 else draft.one(edits.OUTLINES[1:])
    thickness = float(draft.rng.uniform(0.036, 0.055) if thick else draft.rng.uniform(0.018, 0.03))
    element = edits.paint_outline(draft.scene, colour, thickness, look)
    return _whole(draft, "outline", element, grammar.outline_text(draft.rng, colour, thick, draft.subject, draft.phrasing, look))


def _pattern(draft: Draft) -> Pair | None:
    pattern = draft.one(edits.PATTERNS)
    colour = contrasting(draft, (*BRIGHT, "white"), _background(draft))
    element = edits.paint_pattern(draft.scene, pattern, colour, 0.85)
    return _whole(draft, "pattern", element, grammar.pattern_text(draft.rng, pattern, colour, draft.subject, draft.phrasing))


def _band(draft: Draft) -> Pair | None:
    shape = draft.one(edits.BANDS)
    colour = contrasting(draft, (*BRIGHT, "white"), _background(draft))
    element = edits.paint_band(draft.scene, shape, colour)
    return _whole(draft, "band", element, grammar.band_text(draft.rng, shape, colour, draft.subject, draft.phrasing))


def _frame(draft: Draft) -> Pair | None:
    look = draft.one(edits.FRAMES)
    colour = contrasting(draft, tuple(PALETTE), _edge(draft))
    element = edits.paint_frame(draft.scene, look, colour)
    return _whole(draft, "frame", element, grammar.frame_text(draft.rng, look, colour, draft.subject, draft.phrasing))


def _backdrop(draft: Draft) -> Pair | None:
    if not draft.scene.has_subject:
        return None
    colour = contrasting(draft, tuple(PALETTE), _background(draft))
    said = grammar.backdrop_text(draft.rng, colour, draft.subject, draft.phrasing)
    return _whole(draft, "backdrop", edits.paint_backdrop(draft.scene, colour), said)


_BUILDERS: dict[str, Callable[[Draft], Pair | None]] = {
    "place": _place, "two": _two, "pair": _pair, "frame": _frame, "backdrop": _backdrop, "surround": _surround, "outline": _outline,
    "pattern": _pattern, "band": _band,
}  # fmt: skip
