"""Instructions: natural paraphrases, short and long, that name the thing, its colour, its count and its place.

Two sets of phrasings (see phrases.py): "train" for pairs to learn from, "held_out" for evaluating on sentences never seen.
Most instructions are one short sentence; some are long and descriptive, up to 60 words; a few have a slip of the finger. Each
comes with the spans of its elements' own words.
"""

from __future__ import annotations

import re

import numpy as np

from .descriptions import DETAILS
from .phrases import FRAMES, OPENERS, PHRASINGS, PLACE_REMARKS, STYLE_REMARKS, TAILS, TAILS_NOT_OF_BACKGROUND
from .thing import Thing
from .typos import SHARE as SLIPS
from .typos import with_slips
from .wording import (
    CLOSE, OPEN, Subject, american, article, marked, name_subject, noun_phrase, one_of, own_words, plural_phrase, protected_words,
    unmarked, where,
)  # fmt: skip

__all__ = ["PHRASINGS", "Said", "Subject", "name_subject", "own_words"]

Said = tuple[str, list[tuple[int, int]]]
"""An instruction and the character spans of its elements' own words, in order."""

LONG_SHARE = 0.14
"""Share of instructions that go on to describe what they ask for."""

PLACELESS_SHARE = {"head": 0.3, "halo": 0.3, "back": 0.3, "shoulders": 0.3, "eyes": 0.3, "lip": 0.3, "chin": 0.3, "neck": 0.3, "ears": 0.3}
"""Share of instructions that leave the place unsaid, because it goes without saying; 8 % at all other places."""

MOST_WORDS = 60


def _speak(
    rng: np.random.Generator, family: str, phrasing: str, subject: Subject, thing: Thing | None = None, anchor: str | None = None,
    **words: str,
) -> Said:  # fmt: skip
    """A whole instruction from a frame of the family; sometimes with a description, a closing remark, slips of the finger."""
    words = {"the": subject.the, "they": subject.they, "poss": subject.possessive} | words
    if anchor is not None:
        words.setdefault("where", where(anchor, subject, rng))
    sentence = one_of(rng, FRAMES[family][phrasing]).format(**words)
    if rng.random() < LONG_SHARE and family != "backdrop":
        sentence = _describe(rng, sentence, thing, anchor, subject)
    sentence = _finish(sentence, subject, rng, TAILS if family not in _BEHIND_ALL else TAILS_NOT_OF_BACKGROUND)
    if rng.random() < 0.6:
        sentence = american(sentence)
    if phrasing == "train" and rng.random() < SLIPS:
        sentence = with_slips(sentence, protected_words(sentence), rng)
    return unmarked(sentence)


def _describe(rng: np.random.Generator, sentence: str, thing: Thing | None, anchor: str | None, subject: Subject) -> str:
    """A longer instruction: what it looks like, where it is, how it is drawn, in at most MOST_WORDS words."""
    body = sentence.rstrip(".?")
    remarks = []
    if thing is not None and thing.name in DETAILS:
        detail = one_of(rng, DETAILS[thing.name])
        body = f"{body}, with {detail}" if rng.random() < 0.5 else body
        if not body.endswith(detail):
            remarks.append(one_of(rng, (f"The {thing.name} should have {detail}.", f"Draw the {thing.name} with {detail}.", f"Show {detail}.")))
    if anchor is not None and rng.random() < 0.5:
        remarks.append(one_of(rng, PLACE_REMARKS).format(where=where(anchor, subject, rng)))
    if rng.random() < 0.7 or not remarks:
        remarks.append(one_of(rng, STYLE_REMARKS))
    opener = one_of(rng, OPENERS) if re.match(r"(add|put|place|draw|doodle|paint|give|insert|surround|frame|fill|cover|trace|outline) ", body) else ""
    text = f"{opener}{body}"
    text = f"{_capital(text)}."
    for remark in remarks:
        if len(text.split()) + len(remark.split()) <= MOST_WORDS:
            text = f"{text} {remark}"
    return text


_BEHIND_ALL = ("backdrop", "pattern", "scatter", "band")
"""Families that change the background: no remark may ask to keep it."""


def _finish(sentence: str, subject: Subject, rng: np.random.Generator, tails: tuple[str, ...]) -> str:
    """Capital letter, full stop and a closing remark, each only sometimes, as people type."""
    sentence = re.sub(r"\s+", " ", sentence).strip()
    tail = rng.random() < 0.15
    if rng.random() < 0.4 or tail:
        sentence = _capital(sentence)
    if tail:
        ending = one_of(rng, tails).format(the="the subject" if subject.the in ("it", "the picture") else subject.the)
        if len(sentence.split()) + len(ending.split()) <= MOST_WORDS:
            return f"{sentence.rstrip('.?')}. {ending}"
    if rng.random() < 0.2 and sentence[-1] not in ".?":
        return sentence + ("!" if rng.random() < 0.15 else ".")
    return sentence


def _capital(sentence: str) -> str:
    return re.sub(r"\w", lambda match: match[0].upper(), sentence, count=1)


def _place_words(rng: np.random.Generator, anchor: str, subject: Subject, wished: bool = False) -> str:
    """The place, or "" where it is left unsaid; one that is wished for is always said."""
    return "" if not wished and rng.random() < PLACELESS_SHARE.get(anchor, 0.08) else where(anchor, subject, rng)


def place_text(
    rng: np.random.Generator, thing: Thing, colour: str | None, anchor: str, subject: Subject, phrasing: str = "train", wished: bool = False
) -> Said:
    """Instruction for one thing at an anchor."""
    what, place = noun_phrase(thing, colour, rng), _place_words(rng, anchor, subject, wished)
    family = "place" if place else "bare"
    if thing.is_worn_on_face or (anchor in ("head", "shoulders") and subject.has_head):
        family = "wear" if rng.random() < 0.3 else family
    elif anchor in ("back", "halo") and subject.has_head and rng.random() < 0.35:
        family = "halo" if anchor == "halo" else "wings"
    return _speak(rng, family, phrasing, subject, thing, anchor if place else None, what=what, where=place)


def thing_words(
    rng: np.random.Generator, thing: Thing, colour: str | None, count: int, anchor: str, subject: Subject, wished: bool = False
) -> str:
    """One part of an instruction for several: "a \x01red crown\x02 on her head", "\x01two balloons\x02"."""
    what = noun_phrase(thing, colour, rng) if count == 1 else plural_phrase(thing, colour, count, rng)
    return f"{what} {_place_words(rng, anchor, subject, wished)}".strip()


def parts_text(rng: np.random.Generator, parts: list[str], subject: Subject, phrasing: str = "train", wished: bool = False) -> Said:
    """Instruction for two or three parts, each as thing_words gives it; now and then all without their places, but for wished ones."""
    if not wished and rng.random() < 0.25:
        parts = [part[: part.index(CLOSE) + 1] for part in parts]
    return _speak(rng, "two" if len(parts) == 2 else "three", phrasing, subject, **dict(zip("abc", parts, strict=False)))


def several_text(
    rng: np.random.Generator, thing: Thing, colour: str | None, count: int, anchor: str, subject: Subject, phrasing: str = "train"
) -> Said:
    """Instruction for count copies at "both", "around", "scatter", "sky" or "bottom"."""
    family = anchor if anchor in ("around", "scatter") and rng.random() < 0.4 else "place"
    if anchor == "both" and not thing.is_plural and rng.random() < 0.3:
        what = noun_phrase(thing, colour, rng)
    else:
        what = plural_phrase(thing, colour, count, rng)
    place = where(anchor, subject, rng)
    if family == "place" and anchor != "both" and rng.random() < 0.15:
        family, place = "bare", ""
    return _speak(rng, family, phrasing, subject, thing, anchor if place else None, what=what, where=place)


_LINES = {"solid": ("",), "dashed": ("dashed ", "broken "), "dotted": ("dotted ",), "glow": ("glowing ", "soft glowing ", "neon ")}


def outline_phrase(rng: np.random.Generator, colour: str, thick: bool, look: str) -> str:
    """A line about the subject in words: "a thick dashed red outline"."""
    line = one_of(rng, ("outline", "contour", "line", "border")) if look != "glow" else one_of(rng, ("outline", "aura", "halo of light", "glow"))
    look_word = one_of(rng, _LINES[look]) if line != "glow" else ""
    kind = one_of(rng, ("thick ", "bold ", "wide ")) if thick else one_of(rng, ("", "smooth ", "clean ", "thin ") if look == "solid" else ("", "thin "))
    return marked(article(f"{kind if look != 'glow' else ''}{look_word}{colour} {line}"))


def outline_text(rng: np.random.Generator, colour: str, thick: bool, subject: Subject, phrasing: str = "train", look: str = "solid") -> Said:
    """Instruction for a line about the subject. look: one of edits.OUTLINES."""
    return _speak(rng, "outline", phrasing, subject, what=outline_phrase(rng, colour, thick, look))


_PATTERN_NAMES = {
    "stripes": ("{c} diagonal stripes", "diagonal {c} stripes", "slanted {c} stripes"), "polka dots": ("{c} polka dots", "{c} dots", "big round {c} dots"),
    "zigzags": ("{c} zigzags", "{c} zigzag lines"), "checks": ("{c} checks", "a {c} checkerboard", "{c} squares like a chessboard"),
    "rays": ("{c} rays", "{c} sunburst rays", "{c} beams of light"), "waves": ("{c} waves", "wavy {c} lines", "{c} wavy stripes"),
    "vertical stripes": ("vertical {c} stripes", "upright {c} stripes", "{c} vertical bars"), "grid": ("a {c} grid", "{c} crossing lines", "a {c} lattice"),
    "bricks": ("{c} bricks", "a {c} brick wall", "a wall of {c} bricks"), "rings": ("{c} rings", "{c} concentric circles", "{c} circles inside each other"),
    "confetti": ("{c} confetti", "{c} confetti strips"), "bubbles": ("{c} bubbles", "{c} soap bubbles"),
}  # fmt: skip


def pattern_text(rng: np.random.Generator, pattern: str, colour: str, subject: Subject, phrasing: str = "train") -> Said:
    """Instruction for a pattern over the background. pattern: one of edits.PATTERNS."""
    what = one_of(rng, _PATTERN_NAMES[pattern]).format(c=colour)
    what = article(what.removeprefix("a ")) if what.startswith("a ") else what
    return _speak(rng, "pattern", phrasing, _or_everything(subject), what=marked(what))


_BAND_NAMES = {
    "wavy band": ("wavy {c} band", "wavy {c} ribbon", "{c} wave"), "swirl": ("{c} swirl", "{c} spiral", "big {c} spiral"),
    "brush stroke": ("{c} brush stroke", "broad {c} brush stroke", "{c} paint stroke"), "ring": ("{c} ring", "large {c} ring", "thick {c} circle line"),
    "disc": ("{c} disc", "big {c} filled circle", "large round {c} disc"), "diamond": ("{c} diamond shape", "big {c} rhombus"),
    "big heart": ("giant {c} heart shape", "huge {c} heart"), "big star": ("giant {c} star shape", "huge {c} star"), "cross": ("big {c} X", "{c} cross shape"),
}  # fmt: skip


def band_text(rng: np.random.Generator, shape: str, colour: str, subject: Subject, phrasing: str = "train") -> Said:
    """Instruction for one bold shape behind the subject. shape: one of edits.BANDS."""
    what = marked(article(one_of(rng, _BAND_NAMES[shape]).format(c=colour)))
    return _speak(rng, "band", phrasing, _or_everything(subject), what=what)


def _or_everything(subject: Subject) -> Subject:
    """Behind "the picture" is nothing: without a subject the words are "everything"."""
    return Subject("everything", "everything's", False) if subject.the == "the picture" else subject


_FRAME_NAMES = {
    "plain frame": ("{c} frame", "plain {c} frame", "simple {c} border"), "rounded frame": ("{c} frame with rounded corners", "rounded {c} frame"),
    "dotted frame": ("frame of {c} dots", "dotted {c} border", "dotted {c} frame"), "scalloped frame": ("{c} frame with a wavy edge", "scalloped {c} frame", "lacy {c} border"),
}  # fmt: skip


def frame_phrase(rng: np.random.Generator, look: str, colour: str) -> str:
    """A picture frame in words. look: one of edits.FRAMES."""
    return marked(article(one_of(rng, _FRAME_NAMES[look]).format(c=colour)))


def frame_text(rng: np.random.Generator, look: str, colour: str, subject: Subject, phrasing: str = "train") -> Said:
    """Instruction for a border along the picture's edges."""
    return _speak(rng, "frame", phrasing, subject, what=frame_phrase(rng, look, colour))


def whole_words(rng: np.random.Generator, kind: str, look: str, colour: str, subject: Subject) -> str:
    """One part of an instruction for several, as thing_words gives it: an "outline" or a "frame"."""
    if kind == "outline":
        return f"{outline_phrase(rng, colour, False, look)} around {subject.the}"
    return f"{frame_phrase(rng, look, colour)} {one_of(rng, ('around the picture', 'around the photo', 'along the edges'))}"


def backdrop_text(rng: np.random.Generator, colour: str, subject: Subject, phrasing: str = "train") -> Said:
    """Instruction for a background of one colour."""
    return _speak(rng, "backdrop", phrasing, _or_everything(subject), colour=colour, an=article(colour).split(" ")[0])


def piece_text(rng: np.random.Generator, what: str, place: str, subject: Subject, phrasing: str = "train") -> Said:
    """Instruction for one piece that is no thing of the vocabulary: what: its marked noun phrase; place: where, or ""."""
    return _speak(rng, "place" if place else "bare", phrasing, subject, what=what, where=place)
