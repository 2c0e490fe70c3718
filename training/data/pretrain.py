"""Pre-training pairs: plain instruction edits with plain artwork, one at a time, from a photo view."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from data import grammar
from data.artwork import Artwork
from data.colours import BRIGHT, PALETTE
from data.pair import Element, Pair
from data.photos import PLACES, SHARP_ENOUGH, Photo
from data.placing import Draft, Part, contrasting, pick_thing, place_both, place_many, place_one, seen_share
from data.scene import Scene
from data.things import BACK
from data.whole import LOOKS, OUTLINES, paint
from data.wording import name_subject, one_of

KIND_WEIGHTS = {
    "place": 0.46, "two": 0.20, "pair": 0.07, "surround": 0.09, "outline": 0.06, "pattern": 0.04, "band": 0.04,
    "frame": 0.02, "backdrop": 0.02,
}  # fmt: skip
"""Share of each edit kind among pairs on photos with a subject; those a view has no room for are drawn again."""

ATTEMPTS = 60
TRIES_A_KIND = 10
LEAST_SEEN = {"band": 0.07, "pattern": 0.08, "outline": 0.01, "frame": 0.02, "backdrop": 0.2}
"""Whole elements: less than this share of the picture is a fragment nobody would recognise."""

THREE_SHARE, BOTH_SHARE, WHOLE_SHARE = 0.35, 0.15, 0.1  # Of "two": three things; the last one twice; or a line


class PairError(Exception):
    """No edit fits the view; the message names the photo."""


def make_pretrain_pair(
    rng: np.random.Generator, view: Photo, artwork: Artwork, kind: str | None = None, phrasing: str = "train",
    things: int | None = None, scene: Scene | None = None,
) -> Pair:  # fmt: skip
    """One pre-training pair on a photo view (uint8 [H, W, 3], 128 to 1024 px a side).

    kind: one of KIND_WEIGHTS, or None to draw it. phrasing: one of grammar.PHRASINGS. things: only the first so many of
    the artwork's vocabulary. scene: Scene(view), where several pairs are drawn on one view. Everything stands out from
    the photo. Raises PairError when nothing fits (a kind that needs a subject on a photo without one)."""
    scene = scene or Scene(view)
    if kind is None and view.sharp < SHARP_ENOUGH and view.subject not in PLACES:
        kind = "place"  # where the background is nobody knows, but corners and the middle are certain
    kinds, weights = tuple(KIND_WEIGHTS), np.array(tuple(KIND_WEIGHTS.values()))
    for attempt in range(ATTEMPTS):
        # A kind gets several tries, or the kinds that always fit would crowd out those that depend on the view.
        if attempt % TRIES_A_KIND == 0:
            chosen = kind or kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
        known = scene.has_subject or scene.head is not None or scene.face is not None
        subject = name_subject(view.subject, known, rng, scene.head is not None)
        draft = Draft(rng, view, scene, artwork, artwork.things[:things], subject, phrasing)
        pair = _BUILDERS[chosen](draft) if chosen in _BUILDERS else _whole(draft, chosen)
        if pair is not None:
            return pair
    raise PairError(f"no {kind or 'edit'} fits this view of {view.id}: draw another view or another photo")


def facts(draft: Draft, kind: str, parts: list[list[Element]], elements: list[Element]) -> dict:
    """A pair's meta: each of the parts by its first element, the first element's colour and anchor."""
    view, firsts = draft.view, [part[0] for part in parts]
    return {
        "kind": kind, "things": [first.thing for first in firsts], "colour": elements[0].colour,
        "anchor": elements[0].anchor, "count": len(elements), "colours": [first.colour for first in firsts],
        "anchors": [first.anchor for first in firsts], "photo": view.id, "subject": view.subject,
        "phrasing": draft.phrasing, "backdrop": view.backdrop,
    }  # fmt: skip


def _finish(draft: Draft, kind: str, parts: list[list[Element]], said: grammar.Said, **meta) -> Pair:
    """The pair of all parts' elements, each with the span of its part's own words, in the order they are painted."""
    text, spans = said
    elements = [replace(element, words=span) for part, span in zip(parts, spans, strict=True) for element in part]
    meta = facts(draft, kind, parts, elements) | meta
    elements.sort(key=lambda element: 1 if element.kind != "whole" else 2 if element.anchor == "edges" else 0)
    return Pair(draft.view.image, draft.scene.matte, elements, text, meta)


def _of_part(draft: Draft, kind: str, part: Part | None, several: bool = False) -> Pair | None:
    """The pair of one part: a thing alone, or copies of it; None without it."""
    if part is None:
        return None
    told = (part.anchor, draft.subject, draft.phrasing)
    if several:
        said = grammar.several_text(draft.rng, part.thing, part.colour, len(part.elements), *told, part.told)
    else:
        said = grammar.place_text(draft.rng, part.thing, part.colour, *told, part.wished)
    return _finish(draft, kind, [part.elements], said, anchor=part.anchor, anchors=[part.anchor], family=part.family)


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
    asked = [(part.elements, part.anchor, part_words(draft, part)) for part in parts]
    if rng.random() < WHOLE_SHARE:
        asked[-1] = _line(draft)
    asked = [asked[i] for i in rng.permutation(len(asked))]
    elements, anchors, phrases = zip(*asked, strict=True)
    said = grammar.parts_text(rng, list(phrases), draft.subject, draft.phrasing, any(part.wished for part in parts))
    return _finish(draft, "two", list(elements), said, anchors=list(anchors))


def part_words(draft: Draft, part: Part) -> str:
    """A part as one of several in an instruction."""
    told = part.thing, part.colour, len(part.elements), part.anchor
    return grammar.thing_words(draft.rng, *told, draft.subject, part.wished)


def _line(draft: Draft) -> tuple[list[Element], str, str]:
    """An outline or a frame as one of several parts: its element, anchor and words."""
    kind = "outline" if draft.scene.has_subject and draft.rng.random() < 0.75 else "frame"
    look = one_of(draft.rng, LOOKS[kind])
    colour = _standing_out(draft, kind)
    thickness = 0.024 if kind == "outline" else 0.0
    element = paint(draft.scene, kind, look, colour, thickness)
    return [element], element.anchor, grammar.whole_words(draft.rng, kind, look, colour, draft.subject)


def _pair(draft: Draft) -> Pair | None:
    """Wings, a cape or a halo, or one copy on each side."""
    if draft.rng.random() < 0.6:
        thing = pick_thing(draft, lambda thing: thing.anchors in (BACK, ("shoulders",), ("halo",)))
        return _of_part(draft, "pair", place_one(draft, thing) if thing is not None else None)
    return _of_part(draft, "pair", place_both(draft), several=True)


def _standing_out(draft: Draft, kind: str) -> str:
    """A colour that stands out where something whole is seen: a frame along the edges, all else on the background."""
    image = draft.view.image
    if kind == "frame":
        ground = np.concatenate([image[:6].reshape(-1, 3), image[-6:].reshape(-1, 3)]).mean(axis=0)
    else:
        weight = 1.0 - draft.scene.matte[::4, ::4]
        ground = (image[::4, ::4] * weight[..., None]).sum(axis=(0, 1)) / max(1.0, float(weight.sum()))
    return contrasting(draft, (*BRIGHT, "white") if kind in ("pattern", "band") else tuple(PALETTE), ground)


def _whole(draft: Draft, kind: str) -> Pair | None:
    """The pair of an element as large as the photo; None when too little of it is seen."""
    rng, thick, thickness = draft.rng, False, 0.0
    if kind in ("outline", "backdrop") and not draft.scene.has_subject:
        return None
    if kind == "outline":
        colour, thick = _standing_out(draft, kind), rng.random() < 0.5
        look = "solid" if rng.random() < 0.55 else one_of(draft.rng, OUTLINES[1:])
        thickness = 0.045 if thick else 0.024
    else:
        look = one_of(draft.rng, LOOKS[kind]) if kind != "backdrop" else kind
        colour = _standing_out(draft, kind)
    element = paint(draft.scene, kind, look, colour, thickness)
    said = grammar.whole_text(rng, kind, look, colour, draft.subject, draft.phrasing, thick)
    share, _ = seen_share(draft, element)
    if share * float(element.layer[..., 3].mean()) < LEAST_SEEN[kind]:
        return None
    return _finish(draft, kind, [[element]], said)


_BUILDERS: dict[str, Callable[[Draft], Pair | None]] = {
    "place": lambda draft: _of_part(draft, "place", place_one(draft)), "two": _two, "pair": _pair,
    "surround": lambda draft: _of_part(draft, "surround", place_many(draft), several=True),
}  # fmt: skip
"""Kinds made of things; the others are elements as large as the photo."""
