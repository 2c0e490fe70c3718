"""Instructions: natural paraphrases, short and long, that name the thing, its colour, its count and its place.

Two sets of phrasings: "train" for pairs to learn from, "held_out" for evaluating on sentences never seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .things import Thing

PHRASINGS = ("train", "held_out")

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
_PLURAL = {"pants", "shorts", "shoes", "clothes", "sunglasses"}
_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve"}
_PLURAL_THINGS = {"wings", "bunny ears", "sparkles", "cherries"}


@dataclass(frozen=True)
class Subject:
    """How an instruction refers to the subject: "the dog", "the dog's", and whether it has a head to speak of."""

    the: str
    possessive: str
    has_head: bool
    wears: bool


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
    elif rng.random() < 0.06:
        the, possessive = "the subject", "the subject's"
    return Subject(the, possessive, has_head, has_head)


def article(words: str) -> str:
    """words with "a" or "an" before them."""
    vowel = words[0].lower() in "aeiou" and not re.match(r"(uni|ufo|one)", words.lower())
    return f"{'an' if vowel else 'a'} {words}"


def _one(rng: np.random.Generator, options) -> str:
    return options[int(rng.integers(len(options)))]


def _adjectives(thing: Thing, colour: str | None, rng: np.random.Generator) -> str:
    words = []
    if rng.random() < 0.3:
        words.append(_one(rng, ("big", "cute", "bright", "large", "cartoon", "flat", "lovely", "cheerful")))
    if colour is not None:
        words.append(colour)
    elif thing.looks and rng.random() < 0.45:
        look = _one(rng, thing.looks)
        if look not in words:
            words.append(look)
    return " ".join(words)


def noun_phrase(thing: Thing, colour: str | None, rng: np.random.Generator) -> str:
    """One of the thing with an article: "a big red heart", "a pair of white wings"."""
    name = _one(rng, thing.aliases) if thing.aliases and rng.random() < 0.2 else thing.name
    adjectives = _adjectives(thing, colour, rng)
    if name.startswith("a pair of "):
        return " ".join(filter(None, ("a pair of", adjectives, name.removeprefix("a pair of "))))
    words = f"{adjectives} {name}".strip()
    if thing.name in _PLURAL_THINGS:
        return _one(rng, (words, words, f"some {words}", f"a pair of {words}" if thing.name != "sparkles" else words))
    return article(words)


def plural_phrase(thing: Thing, colour: str | None, count: int, rng: np.random.Generator) -> str:
    """Several of the thing: "five pink hearts", "lots of pink hearts"."""
    words = f"{_adjectives(thing, colour, rng)} {thing.plural}".strip()
    if count in _COUNTS and rng.random() < 0.5:
        return f"{_COUNTS[count]} {words}"
    return _one(rng, (words, f"several {words}", f"some {words}", f"lots of {words}", f"many {words}"))


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
        "left": (f"to the left of {the}", f"on the left side of {the}", f"left of {the}", f"on the left of {the}"),
        "right": (f"to the right of {the}", f"on the right side of {the}", f"right of {the}", f"on the right of {the}"),
        "beside_left": (f"to the left of {the}", f"next to {the} on the left", f"beside {the} on the left side"),
        "beside_right": (f"to the right of {the}", f"next to {the} on the right", f"beside {the} on the right side"),
        "above": (f"above {the}", f"floating above {the}", f"in the air above {the}", over[0]),
        "behind": (f"behind {the}", f"in the background behind {the}", f"right behind {the}"),
        "front": (f"in front of {the}", f"at the bottom in front of {the}", f"right in front of {the}"),
        "middle": (f"on {the}", f"in the middle of {the}", f"right on {the}") if the != "the picture" else ("in the middle of the picture", "in the middle", "in the centre of the photo"),
        "top_left": ("in the top left corner", "in the upper left corner", "at the top left", "in the top left of the picture"),
        "top_right": ("in the top right corner", "in the upper right corner", "at the top right", "in the top right of the picture"),
        "around": (f"around {the}", f"all around {the}", f"surrounding {the}", f"in a ring around {the}"),
        "scatter": ("all over the background", "scattered over the background", "across the whole background", "everywhere in the background"),
        "both": (f"on both sides of {the}", f"left and right of {the}", f"on each side of {the}", f"either side of {the}"),
    }  # fmt: skip
    return _one(rng, options[anchor])


_FRAMES = {
    "train": (
        "add {what} {where}", "add {what} {where}", "add {what} {where}", "put {what} {where}", "place {what} {where}",
        "draw {what} {where}", "doodle {what} {where}", "paint {what} {where}", "{what} {where}", "please add {what} {where}",
        "can you put {what} {where}?", "I want {what} {where}", "I'd like to see {what} {where}", "there should be {what} {where}",
        "{where}, draw {what}", "make it fun: add {what} {where}", "edit the photo and add {what} {where}",
        "let's have {what} {where}", "insert {what} {where}", "could you draw {what} {where}, please",
    ),
    "held_out": (
        "sketch {what} {where}", "I would love {what} {where}", "stick {what} {where}", "the photo needs {what} {where}",
        "show {what} {where}", "try putting {what} {where}",
    ),
}  # fmt: skip
_WEAR_FRAMES = {
    "train": (
        "give {the} {what}", "give {the} {what} to wear", "make {the} wear {what}", "let {the} wear {what}", "dress {the} up with {what}",
        "put {what} on {the}", "crown the look: {what} for {the}",
    ),
    "held_out": ("get {the} into {what}", "have {the} put on {what}"),
}  # fmt: skip
_WING_FRAMES = {
    "train": ("give {the} {what}", "make {the} grow {what}", "let {the} have {what}", "turn {the} into an angel with {what}"),
    "held_out": ("attach {what} to {the}", "have {the} sprout {what}"),
}
_HALO_FRAMES = {
    "train": ("give {the} {what}", "make {the} an angel with {what}", "let {the} have {what}"),
    "held_out": ("have {what} shine over {the}",),
}
_TAILS = (
    "Keep the rest of the photo unchanged.", "Leave everything else as it is.", "Don't change anything else.",
    "The rest stays the same.", "Keep {the} as in the original.", "Use flat, clean shapes.", "Make it bright and clear.",
)  # fmt: skip


def _finish(sentence: str, subject: Subject, rng: np.random.Generator) -> str:
    """Capital letter, full stop and a closing remark, each only sometimes, as people type."""
    sentence = re.sub(r"\s+", " ", sentence).strip()
    tail = rng.random() < 0.15
    if rng.random() < 0.4 or tail:
        sentence = sentence[0].upper() + sentence[1:]
    if tail:
        ending = _one(rng, _TAILS).format(the="the subject" if subject.the in ("it", "the picture") else subject.the)
        return f"{sentence.rstrip('.?')}. {ending}"
    return sentence + "." if rng.random() < 0.2 and sentence[-1] not in ".?" else sentence


def _ensure_four_words(sentence: str) -> str:
    return sentence if len(sentence.split()) >= 4 else f"add {sentence} please"


def place_text(rng: np.random.Generator, thing: Thing, colour: str | None, anchor: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for one thing at an anchor."""
    what = noun_phrase(thing, colour, rng)
    frames = _FRAMES[phrasing]
    if anchor == "head" and subject.wears and thing.anchors[0] == "head" and rng.random() < 0.4:
        frames = _WEAR_FRAMES[phrasing]
    elif anchor in ("back", "halo") and subject.has_head and rng.random() < 0.45:
        frames = _WING_FRAMES[phrasing] if anchor == "back" else _HALO_FRAMES[phrasing]
    sentence = _one(rng, frames).format(what=what, where=where(anchor, subject, rng), the=subject.the)
    return _finish(_ensure_four_words(sentence), subject, rng)


def several_text(rng: np.random.Generator, thing: Thing, colour: str | None, count: int, anchor: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for count copies at "both", "around" or "scatter"."""
    if anchor == "both" and rng.random() < 0.4:
        words = f"{_adjectives(thing, colour, rng)} {thing.name}".strip()
        what = article(words) if thing.name not in _PLURAL_THINGS else words
    elif anchor == "both":
        what = f"two {_adjectives(thing, colour, rng)} {thing.plural}"
    else:
        what = plural_phrase(thing, colour, count, rng)
    frames = _FRAMES[phrasing]
    if anchor == "around" and rng.random() < 0.35:
        frames = ("surround {the} with {what}", "frame {the} with {what}", "circle {the} with {what}")
    elif anchor == "scatter" and rng.random() < 0.35:
        frames = ("fill the background with {what}", "cover the background in {what}", "decorate the background with {what}")
    sentence = _one(rng, frames).format(what=what, where=where(anchor, subject, rng), the=subject.the)
    return _finish(_ensure_four_words(sentence), subject, rng)


def outline_text(rng: np.random.Generator, colour: str, thick: bool, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for an even line about the subject."""
    line = _one(rng, ("outline", "contour", "line", "border", "edge line"))
    kind = _one(rng, ("thick ", "bold ", "wide ")) if thick else _one(rng, ("", "smooth ", "clean ", "thin "))
    what = article(f"{kind}{colour} {line}")
    the = subject.the
    frames = {
        "train": (
            f"draw {what} around {the}", f"add {what} around {the}", f"trace {the} with {what}", f"put {what} along the silhouette of {the}",
            f"{what} around {the}", f"outline {the} in {colour}" if not thick else f"outline {the} with {what}", f"give {the} {what}",
            f"please trace the shape of {the} with {what}",
        ),
        "held_out": (f"follow the contour of {the} with {what}", f"let {what} run along {the}"),
    }[phrasing]  # fmt: skip
    return _finish(_ensure_four_words(_one(rng, frames)), subject, rng)


_PATTERN_NAMES = {
    "stripes": ("{c} stripes", "diagonal {c} stripes", "slanted {c} stripes"), "polka dots": ("{c} polka dots", "{c} dots", "big round {c} dots"),
    "zigzags": ("{c} zigzags", "{c} zigzag lines"), "checks": ("{c} checks", "a {c} checkerboard", "{c} squares like a chessboard"),
    "rays": ("{c} rays", "{c} sunburst rays", "{c} beams of light"),
}  # fmt: skip


def pattern_text(rng: np.random.Generator, pattern: str, colour: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for a pattern over the background."""
    what = _one(rng, _PATTERN_NAMES[pattern]).format(c=colour)
    if what.startswith("a "):
        what = article(what.removeprefix("a "))
    frames = {
        "train": (
            f"fill the background with {what}", f"paint {what} over the background", f"cover the background with {what}",
            f"add {what} to the background behind {subject.the}", f"decorate the background with {what}", f"put {what} behind {subject.the}",
            f"{what} in the background", f"make the background {what}",
        ),
        "held_out": (f"the backdrop should show {what}", f"lay {what} across the backdrop"),
    }[phrasing]  # fmt: skip
    if subject.the == "the picture":
        frames = tuple(frame.replace("behind the picture", "everywhere") for frame in frames)
    return _finish(_ensure_four_words(_one(rng, frames)), subject, rng)


_BAND_NAMES = {
    "wavy band": ("{c} wavy band", "flowing {c} wave", "wavy {c} ribbon", "{c} wave"), "swirl": ("{c} swirl", "{c} spiral", "big {c} curl"),
    "brush stroke": ("{c} brush stroke", "broad diagonal stroke of {c} paint", "{c} paint stroke"), "ring": ("{c} ring", "big {c} circle", "{c} hoop"),
}  # fmt: skip


def band_text(rng: np.random.Generator, shape: str, colour: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for a bold flowing shape behind the subject."""
    what = article(_one(rng, _BAND_NAMES[shape]).format(c=colour))
    place = where("behind", subject, rng) if subject.the != "the picture" else "across the picture"
    return _finish(_ensure_four_words(_one(rng, _FRAMES[phrasing]).format(what=what, where=place)), subject, rng)


def remove_text(rng: np.random.Generator, thing: Thing, colour: str | None, anchor: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for taking a placed thing away."""
    what = f"the {colour + ' ' if colour else ''}{thing.name}"
    frames = {
        "train": ("remove {what}", "erase {what} {where}", "take {what} away", "delete {what} {where}", "get rid of {what}", "remove {what} {where}"),
        "held_out": ("make {what} disappear", "clean {what} off the photo"),
    }[phrasing]
    sentence = _one(rng, frames).format(what=what, where=where(anchor, subject, rng))
    if len(sentence.split()) < 4:
        sentence += " from the photo"
    return _finish(sentence, subject, rng)


def recolour_text(rng: np.random.Generator, colour: str, subject: Subject, phrasing: str = "train") -> str:
    """Instruction for tinting the whole subject."""
    the = subject.the
    frames = {
        "train": (f"make {the} {colour} all over", f"paint {the} completely {colour}", f"turn {the} {colour} all over", f"colour all of {the} {colour}", f"tint {the} {colour} from top to bottom"),
        "held_out": (f"dye {the} {colour} all over", f"the whole of {the} should be {colour}"),
    }[phrasing]  # fmt: skip
    return _finish(_one(rng, frames), subject, rng)


