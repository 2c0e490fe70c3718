"""Instructions: natural paraphrases, short and long, that name the thing, its colour, its count and its place.

Two sets of phrasings (see phrases.py): "train" for pairs to learn from, "held_out" for evaluating on sentences never seen.
Most instructions are one short sentence; some are long and descriptive, up to 60 words; a few have a slip of the finger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .descriptions import DETAILS
from .phrases import FRAMES, OPENERS, PHRASINGS, PLACE_REMARKS, STYLE_REMARKS, TAILS, TAILS_NOT_OF_BACKGROUND
from .things import Thing
from .typos import SHARE as SLIPS
from .typos import with_slips

__all__ = ["PHRASINGS", "Subject", "name_subject"]

LONG_SHARE = 0.14
"""Share of instructions that go on to describe what they ask for."""

MOST_WORDS = 60
_NOUNS = {
    # Index nouns that nobody would type.
    "longsleeve": ("long-sleeved shirt", "shirt", "sweater"), "outwear": ("jacket", "coat"), "not sure": ("garment", "clothes"),
    "skip": ("garment",), "other": ("garment",), "clothes": ("clothes", "garment"), "body": ("bodysuit",), "undershirt": ("undershirt", "top"), "top": ("top", "shirt"),
    "poop emoji": ("toy", "plush toy"), "backpack dog": ("dog backpack", "backpack"), "red cartoon": ("red cartoon character", "character"),
    "bear plushie": ("teddy bear", "plush bear", "toy"), "grey sloth plushie": ("sloth plushie", "toy"), "wolf plushie": ("wolf plushie", "toy"),
    "duck toy": ("rubber duck", "duck", "toy"), "monster toy": ("monster toy", "toy"), "rc car": ("toy car", "car"),
    "shiny sneaker": ("sneaker", "shoe"), "colorful sneaker": ("sneaker", "shoe"), "fancy boot": ("boot",), "pink sunglasses": ("sunglasses",),
    "woman": ("woman", "woman", "lady", "person"), "man": ("man", "man", "guy", "person"), "person": ("person",),
    "cat": ("cat", "cat", "kitty"), "dog": ("dog", "dog", "pup"), "tv": ("TV",),
}  # fmt: skip
_WITH_HEAD = {"woman", "man", "person", "cat", "dog", "bear plushie", "grey sloth plushie", "wolf plushie", "duck toy", "monster toy",
              "red cartoon", "bird", "horse", "cow", "elephant", "giraffe", "sheep", "bear", "zebra", "teddy bear"}  # fmt: skip
_PRONOUNS = {"woman": ("her", "her"), "man": ("him", "his")}
_OWNED = {"cat", "dog", "woman", "man", "bear plushie", "duck toy", "teddy bear"}
_PLURAL = {"pants", "shorts", "shoes", "clothes", "sunglasses"}
_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve"}
_COLOUR_WORDS = {"red", "yellow", "golden", "brown", "green", "black", "white", "pink", "orange", "grey", "blue", "purple", "dark", "steel",
                 "wooden", "colourful", "black and white", "yellow", "brass", "straw"}  # fmt: skip
_AMERICAN = {"colour": "color", "Colour": "Color", "colourful": "colorful", "coloured": "colored", "grey": "gray", "centre": "center",
             "moustache": "mustache", "moustaches": "mustaches", "recolour": "recolor", "colours": "colors", "woollen": "woolen"}  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """How an instruction refers to the subject: "the dog", "the dog's", and whether it has a head to speak of."""

    the: str
    possessive: str
    has_head: bool
    wears: bool

    @property
    def they(self) -> str:
        """The word as the subject of a sentence: "she" for "her"."""
        return {"her": "she", "him": "he"}.get(self.the, self.the)


def name_subject(subject: str, has_subject: bool, rng: np.random.Generator) -> Subject:
    """A wording for a photo's subject noun; "the picture" when there is none."""
    if not has_subject:
        return Subject("the picture", "the picture's", False, False)
    noun = _one(rng, _NOUNS.get(subject, (subject,))) if subject not in ("scene", "room", "landscape") else "main subject"
    has_head = subject in _WITH_HEAD
    the = f"the {noun}"
    possessive = f"{the}'" if noun.endswith("s") and subject in _PLURAL else f"{the}'s"
    if subject in _PRONOUNS and rng.random() < 0.3:
        the, possessive = _PRONOUNS[subject]
    elif subject in ("cat", "dog") and rng.random() < 0.15:
        the, possessive = "it", "its"
    elif subject in _OWNED and subject not in ("woman", "man") and rng.random() < 0.1:
        owner = _one(rng, ("my", "this", "our"))
        the, possessive = f"{owner} {noun}", f"{owner} {noun}'s"
    elif rng.random() < 0.06:
        the, possessive = "the subject", "the subject's"
    return Subject(the, possessive, has_head, has_head)


def article(words: str) -> str:
    """words with "a" or "an" before them."""
    vowel = words[0].lower() in "aeiou" and not re.match(r"(uni|ufo|one|euro)", words.lower())
    vowel = vowel or words.lower().startswith(("hour", "x-ray"))
    return f"{'an' if vowel else 'a'} {words}"


def _one(rng: np.random.Generator, options) -> str:
    return options[int(rng.integers(len(options)))]


def _adjectives(thing: Thing, colour: str | None, rng: np.random.Generator) -> str:
    words = []
    if rng.random() < 0.3:
        words.append(_one(rng, ("big", "cute", "bright", "large", "cartoon", "lovely", "cheerful", "nice", "fun", "cool", "simple")))
    if colour is not None:
        looks = [look for look in thing.looks if look not in _COLOUR_WORDS and look not in words]
        if looks and rng.random() < 0.12:
            words.append(_one(rng, looks))
        words.append(f"bright {colour}" if not words and colour not in ("white", "black") and rng.random() < 0.04 else colour)
    elif thing.looks and rng.random() < 0.45:
        look = _one(rng, thing.looks)
        if look not in words:
            words.append(look)
    return " ".join(words)


def noun_phrase(thing: Thing, colour: str | None, rng: np.random.Generator) -> str:
    """One of the thing with an article: "a big red heart", "a pair of white wings"."""
    name = _one(rng, thing.aliases) if thing.aliases and rng.random() < 0.2 else thing.name
    adjectives = _adjectives(thing, colour, rng)
    measure = re.match(r"a (pair|bunch|stack|box) of ", name)
    if measure:
        return " ".join(filter(None, (measure[0].strip(), adjectives, name.removeprefix(measure[0]))))
    words = f"{adjectives} {name}".strip()
    if thing.is_plural:
        paired = thing.anchors[0] in ("eyes", "ears", "head", "back")
        return _one(rng, (words, words, f"some {words}", f"a pair of {words}" if paired else words))
    return article(words)


def plural_phrase(thing: Thing, colour: str | None, count: int, rng: np.random.Generator) -> str:
    """Several of the thing: "five pink hearts", "lots of pink hearts"."""
    words = f"{_adjectives(thing, colour, rng)} {thing.plural}".strip()
    if count in _COUNTS and rng.random() < 0.5 and not (thing.is_plural and thing.plural == thing.name):
        return f"{_COUNTS[count]} {words}"
    return _one(rng, (words, f"several {words}", f"some {words}", f"lots of {words}", f"many {words}", f"a bunch of {words}", f"plenty of {words}"))


def where(anchor: str, subject: Subject, rng: np.random.Generator) -> str:
    """The place in words; "" only where the default place needs none."""
    the, head = subject.the, f"{subject.possessive} head"
    on_head = (f"on {head}", f"on top of {head}", f"on {head}") if subject.has_head else (f"on top of {the}", f"at the top of {the}")
    over = (f"above {head}", f"over {head}") if subject.has_head else (f"above {the}", f"over {the}")
    options = {
        "head": on_head,
        "perch": (f"on {head}", f"on top of {head}", f"sitting on {head}") if subject.has_head else (f"on top of {the}", f"sitting on top of {the}"),
        "halo": over,
        "back": (f"behind {the}", f"on {subject.possessive} back", f"behind {subject.possessive} back"),
        "left": (f"to the left of {the}", f"on the left side of {the}", f"left of {the}", f"on the left of {the}", f"at {subject.possessive} left side", "on the left"),
        "right": (f"to the right of {the}", f"on the right side of {the}", f"right of {the}", f"on the right of {the}", f"at {subject.possessive} right side", "on the right"),
        "beside_left": (f"to the left of {the}", f"next to {the} on the left", f"beside {the} on the left side"),
        "beside_right": (f"to the right of {the}", f"next to {the} on the right", f"beside {the} on the right side"),
        "above": (f"above {the}", f"floating above {the}", f"in the air above {the}", over[0]),
        "behind": (f"behind {the}", f"in the background behind {the}", f"right behind {the}"),
        "front": (f"in front of {the}", f"at the bottom in front of {the}", f"right in front of {the}"),
        "middle": (f"on {the}", f"in the middle of {the}", f"right on {the}") if the != "the picture" else ("in the middle of the picture", "in the middle", "in the centre of the photo"),
        "top_left": ("in the top left corner", "in the upper left corner", "at the top left", "in the top left of the picture", "in the left upper corner"),
        "top_right": ("in the top right corner", "in the upper right corner", "at the top right", "in the top right of the picture", "in the right upper corner"),
        "around": (f"around {the}", f"all around {the}", f"surrounding {the}", f"in a ring around {the}", f"on all sides of {the}"),
        "scatter": ("all over the background", "scattered over the background", "across the whole background", "everywhere in the background"),
        "eyes": (f"on {subject.possessive} face", f"over {subject.possessive} eyes", f"on {subject.possessive} nose", f"on {the}"),
        "lip": (f"under {subject.possessive} nose", f"on {subject.possessive} face", f"above {subject.possessive} mouth", f"on {subject.possessive} upper lip"),
        "chin": (f"on {subject.possessive} chin", f"on {subject.possessive} face", f"around {subject.possessive} mouth and chin"),
        "neck": (f"around {subject.possessive} neck", f"on {subject.possessive} neck", f"at {subject.possessive} neck"),
        "ears": (f"over {subject.possessive} ears", f"on {subject.possessive} head", f"on {subject.possessive} ears"),
        "edges": ("around the picture", "at the edges of the photo"),
        "both": (f"on both sides of {the}", f"left and right of {the}", f"on each side of {the}", f"either side of {the}"),
    }  # fmt: skip
    return _one(rng, options[anchor])


def _speak(
    rng: np.random.Generator, family: str, phrasing: str, subject: Subject, thing: Thing | None = None, anchor: str | None = None, **words: str
) -> str:
    """A whole instruction from a frame of the family; sometimes with a description, a closing remark, slips of the finger."""
    words = {"the": subject.the, "they": subject.they, "poss": subject.possessive} | words
    if anchor is not None:
        words.setdefault("where", where(anchor, subject, rng))
    sentence = _one(rng, FRAMES[family][phrasing]).format(**words)
    if len(sentence.split()) < 4:
        sentence = _one(rng, (f"add {sentence} please", f"I want {sentence} here", f"{sentence} in this photo"))
    if rng.random() < LONG_SHARE and family not in ("remove", "recolour", "backdrop"):
        sentence = _describe(rng, sentence, thing, anchor, subject)
    sentence = _finish(sentence, subject, rng, TAILS if family not in _BEHIND_ALL else TAILS_NOT_OF_BACKGROUND)
    if rng.random() < 0.6:
        sentence = re.sub(r"\w+", lambda match: _AMERICAN.get(match[0], match[0]), sentence)
    if phrasing == "train" and rng.random() < SLIPS:
        sentence = with_slips(sentence, _meaning(thing, words), rng)
    return sentence


def _meaning(thing: Thing | None, words: dict[str, str]) -> set[str]:
    """The words that name things and colours, lower case."""
    named = [words.get(key, "") for key in ("what", "what2", "colour", "bare")]
    if thing is not None:
        named += [thing.name, thing.plural, *thing.aliases]
    return {word.lower() for phrase in named for word in re.findall(r"\w+", phrase)} | set(_AMERICAN) | set(_AMERICAN.values())


def _describe(rng: np.random.Generator, sentence: str, thing: Thing | None, anchor: str | None, subject: Subject) -> str:
    """A longer instruction: what it looks like, where it is, how it is drawn, in at most MOST_WORDS words."""
    body = sentence.rstrip(".?")
    remarks = []
    if thing is not None and thing.name in DETAILS:
        detail = _one(rng, DETAILS[thing.name])
        body = f"{body}, with {detail}" if rng.random() < 0.5 else body
        if not body.endswith(detail):
            remarks.append(_one(rng, (f"The {thing.name} should have {detail}.", f"Draw the {thing.name} with {detail}.", f"Show {detail}.")))
    if anchor is not None and rng.random() < 0.5:
        remarks.append(_one(rng, PLACE_REMARKS).format(where=where(anchor, subject, rng)))
    if rng.random() < 0.7 or not remarks:
        remarks.append(_one(rng, STYLE_REMARKS))
    opener = _one(rng, OPENERS) if re.match(r"(add|put|place|draw|doodle|paint|give|insert|surround|frame|fill|cover|trace|outline) ", body) else ""
    text = f"{opener}{body}"
    text = text[0].upper() + text[1:] + "."
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
        sentence = sentence[0].upper() + sentence[1:]
    if tail:
        ending = _one(rng, tails).format(the="the subject" if subject.the in ("it", "the picture") else subject.the)
        if len(sentence.split()) + len(ending.split()) <= MOST_WORDS:
            return f"{sentence.rstrip('.?')}. {ending}"
    if rng.random() < 0.2 and sentence[-1] not in ".?":
        return sentence + ("!" if rng.random() < 0.15 else ".")
    return sentence


def place_text(rng: np.random.Generator, thing: Thing, colour: str | None, anchor: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for one thing at an anchor."""
    family = "place"
    if thing.is_worn_on_face or (anchor == "head" and subject.wears and thing.anchors[0] == "head"):
        family = "wear" if rng.random() < 0.4 else family
    elif anchor in ("back", "halo") and subject.has_head and rng.random() < 0.45:
        family = "wings" if anchor == "back" else "halo"
    return _speak(rng, family, phrasing, subject, thing, anchor, what=noun_phrase(thing, colour, rng))


def two_text(
    rng: np.random.Generator, first: tuple[Thing, str | None, str], second: tuple[Thing, str | None, str], subject: Subject, phrasing: str = "train"
) -> str:
    """Instruction for two things, each as (thing, colour, anchor)."""
    whats = [noun_phrase(thing, colour, rng) for thing, colour, _ in (first, second)]
    wheres = [where(anchor, subject, rng) for _, _, anchor in (first, second)]
    return _speak(rng, "two", phrasing, subject, what=whats[0], where=wheres[0], what2=whats[1], where2=wheres[1])


def several_text(rng: np.random.Generator, thing: Thing, colour: str | None, count: int, anchor: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for count copies at "both", "around" or "scatter"."""
    family = anchor if anchor in ("around", "scatter") and rng.random() < 0.4 else "place"
    if anchor != "both":
        what = plural_phrase(thing, colour, count, rng)
    elif rng.random() < 0.4 or thing.is_plural:
        words = f"{_adjectives(thing, colour, rng)} {thing.name}".strip()
        what = words if thing.is_plural else article(words)
    else:
        what = f"two {_adjectives(thing, colour, rng)} {thing.plural}"
    return _speak(rng, family, phrasing, subject, thing, anchor, what=what)


_LINES = {"solid": ("",), "dashed": ("dashed ", "broken "), "dotted": ("dotted ",), "glow": ("glowing ", "soft glowing ", "neon ")}


def outline_phrase(rng: np.random.Generator, colour: str, thick: bool, look: str) -> str:
    """A line about the subject in words: "a thick dashed red outline"."""
    line = _one(rng, ("outline", "contour", "line", "border")) if look != "glow" else _one(rng, ("outline", "aura", "halo of light", "glow"))
    look_word = _one(rng, _LINES[look]) if line != "glow" else ""
    kind = _one(rng, ("thick ", "bold ", "wide ")) if thick else _one(rng, ("", "smooth ", "clean ", "thin ") if look == "solid" else ("", "thin "))
    return article(f"{kind if look != 'glow' else ''}{look_word}{colour} {line}")


def outline_text(rng: np.random.Generator, colour: str, thick: bool, subject: Subject, phrasing: str = "train", look: str = "solid") -> str:
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


def pattern_text(rng: np.random.Generator, pattern: str, colour: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for a pattern over the background. pattern: one of edits.PATTERNS."""
    what = _one(rng, _PATTERN_NAMES[pattern]).format(c=colour)
    what = article(what.removeprefix("a ")) if what.startswith("a ") else what
    return _speak(rng, "pattern", phrasing, _or_everything(subject), what=what)


_BAND_NAMES = {
    "wavy band": ("wavy {c} band", "wavy {c} ribbon", "{c} wave"), "swirl": ("{c} swirl", "{c} spiral", "big {c} spiral"),
    "brush stroke": ("{c} brush stroke", "broad {c} brush stroke", "{c} paint stroke"), "ring": ("{c} ring", "large {c} ring", "thick {c} circle line"),
    "disc": ("{c} disc", "big {c} filled circle", "large round {c} disc"), "diamond": ("{c} diamond shape", "big {c} rhombus"),
    "big heart": ("giant {c} heart shape", "huge {c} heart"), "big star": ("giant {c} star shape", "huge {c} star"), "cross": ("big {c} X", "{c} cross shape"),
}  # fmt: skip


def band_text(rng: np.random.Generator, shape: str, colour: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for one bold shape behind the subject. shape: one of edits.BANDS."""
    what = article(_one(rng, _BAND_NAMES[shape]).format(c=colour))
    return _speak(rng, "band", phrasing, _or_everything(subject), what=what)


def _or_everything(subject: Subject) -> Subject:
    """Behind "the picture" is nothing: without a subject the words are "everything"."""
    return Subject("everything", "everything's", False, False) if subject.the == "the picture" else subject


_FRAME_NAMES = {
    "plain frame": ("{c} frame", "plain {c} frame", "simple {c} border"), "rounded frame": ("{c} frame with rounded corners", "rounded {c} frame"),
    "dotted frame": ("frame of {c} dots", "dotted {c} border", "dotted {c} frame"), "scalloped frame": ("{c} frame with a wavy edge", "scalloped {c} frame", "lacy {c} border"),
}  # fmt: skip


def frame_phrase(rng: np.random.Generator, look: str, colour: str) -> str:
    """A picture frame in words. look: one of edits.FRAMES."""
    return article(_one(rng, _FRAME_NAMES[look]).format(c=colour))


def frame_text(rng: np.random.Generator, look: str, colour: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for a border along the picture's edges."""
    return _speak(rng, "frame", phrasing, subject, what=frame_phrase(rng, look, colour))


def backdrop_text(rng: np.random.Generator, colour: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for a background of one colour."""
    return _speak(rng, "backdrop", phrasing, _or_everything(subject), colour=colour, a_colour=article(colour))


def remove_text(rng: np.random.Generator, what: str, anchor: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for taking something away. what: noun phrase without an article."""
    return _speak(rng, "remove", phrasing, subject, None, anchor, what=f"the {what}", bare=what)


def recolour_text(rng: np.random.Generator, colour: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for tinting the whole subject."""
    return _speak(rng, "recolour", phrasing, subject, colour=colour)
