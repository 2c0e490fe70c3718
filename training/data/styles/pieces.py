"""What a hand hands over: set pieces as elements with the words for them, and pairs made of set pieces and things."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from numpy.random import Generator

from data import grammar
from data.hands import Hand
from data.pair import Element, Pair
from data.photos import Photo
from data.placing import Draft, place_one, seen_share
from data.pretrain import PairError, facts, make_pretrain_pair, part_words
from data.scene import Scene
from data.styles import brush as b
from data.wording import article, marked, name_subject

THINGS_SHARE = 0.5  # Share of a hand's pairs that show things of the vocabulary alone, drawn by this hand
BESIDE_SHARE = 0.35  # Share of set pieces that have a thing of the vocabulary beside them
LEAST_SHOWN = 0.012  # Share of the photo that a set piece must be seen on

_KINDS = {"place": 0.55, "two": 0.28, "pair": 0.06, "surround": 0.11}


@dataclass
class Piece:
    """A set piece. elements: its connected parts, their words not yet known; what: its noun phrase without article, the
    words of all of them; place: where it is in words; plural: does it take no article?"""

    elements: list[Element]
    what: str
    place: str
    plural: bool = False

    def phrase(self, placed: bool = True) -> str:
        """ "a \\x01purple wavy ribbon\\x02 behind her"."""
        return f"{marked(self.what if self.plural else article(self.what))} {self.place if placed else ''}".strip()


Draw = Callable[[b.Scene, Generator], list[Piece]]  # A hand's set pieces on a scene: one or two


def make_pair(style: str, draw: Draw, hand: Hand, rng: Generator, view: Photo, things: float) -> Pair:
    """A share `things` of the vocabulary's, else set pieces, now and then with a thing. Raises PairError."""
    scene = Scene(view)
    if rng.random() < things:
        for _ in range(4):
            kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
            try:
                pair = make_pretrain_pair(rng, view, hand, kind, scene=scene)
            except PairError:
                continue
            pair.meta |= {"edit": pair.meta["kind"], "kind": "style", "style": style}
            return pair
    subject = name_subject(view.subject, scene.has_subject, rng, scene.head is not None)
    draft = Draft(rng, view, scene, hand, hand.things, subject, "train")
    for _ in range(8):
        pieces = [piece for piece in draw(b.Scene(view, scene, subject.the, hand), rng) if _is_seen(draft, piece)]
        if pieces:
            return _with_things(style, draft, pieces)
    raise PairError(f"no set piece of {style} fits this view of {view.id}: draw another view or another photo")


def _is_seen(draft: Draft, piece: Piece) -> bool:
    """Is enough of the piece in the picture and before the subject?"""
    area = draft.scene.height * draft.scene.width
    shown = [seen_share(draft, element)[0] * float(element.layer[..., 3].sum()) / area for element in piece.elements]
    return bool(shown) and sum(shown) >= LEAST_SHOWN and min(shown) >= 0.3 * LEAST_SHOWN / len(shown)


def _with_things(style: str, draft: Draft, pieces: list[Piece]) -> Pair:
    rng = draft.rng
    placed = rng.random() < 0.85
    parts = [(piece.phrase(placed), piece.elements) for piece in pieces]
    wished = False
    if len(parts) < 3 and rng.random() < BESIDE_SHARE:
        taken = tuple(element.box for piece in pieces for element in piece.elements if element.kind != "whole")
        part = place_one(draft, taken=taken)
        if part is not None:
            wished = part.wished
            parts.append((part_words(draft, part), part.elements))
            parts = [parts[i] for i in rng.permutation(len(parts))] if len(parts) == 2 else parts
    if len(parts) == 1:
        place = pieces[0].place if placed else ""
        text, spans = grammar.piece_text(rng, pieces[0].phrase(False), place, draft.subject, draft.phrasing)
    else:
        text, spans = grammar.parts_text(rng, [words for words, _ in parts], draft.subject, draft.phrasing, wished)
    # What is spread over the photo lies below what stands on it.
    groups = sorted(zip(parts, spans, strict=True), key=lambda group: group[0][1][0].kind != "whole")
    elements = [replace(element, words=span) for (_, part), span in groups for element in part]
    meta = facts(draft, "style", [part for _, part in parts], elements) | {"style": style}
    return Pair(draft.view.image, draft.scene.matte, elements, text, meta)
