"""Noun phrases and places in words: what an instruction calls a thing, its colour, its count, its subject and its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .thing import CORNERS, Thing
from .typos import SHARE as SLIPS
from .typos import with_slips

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
_PRONOUNS = {"woman": ("her", "her"), "man": ("him", "his")}
_OWNED = {"cat", "dog", "woman", "man", "bear plushie", "duck toy", "teddy bear"}
_PLURAL = {"pants", "shorts", "shoes", "clothes", "sunglasses"}
_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve"}
_COLOUR_WORDS = {"red", "yellow", "golden", "brown", "green", "black", "white", "pink", "orange", "grey", "blue", "purple", "dark", "steel",
                 "wooden", "colourful", "black and white", "yellow", "brass", "straw"}  # fmt: skip
_AMERICAN = {"colour": "color", "Colour": "Color", "colourful": "colorful", "coloured": "colored", "grey": "gray", "centre": "center",
             "moustache": "mustache", "moustaches": "mustaches", "colours": "colors", "woollen": "woolen"}  # fmt: skip
OPEN, CLOSE = "\x01", "\x02"
"""Marks about an element's own words while its sentence is being made; `unmarked` turns them into spans."""

_NOT_OWN = re.compile(r"(a bunch of|an?|some|several|lots of|many|plenty of) (?=\S)")
LEAST_SLIPPED = 7
"""Letters of the shortest word of a thing's name that may have a slip of the finger: shorter ones become other words."""


@dataclass(frozen=True)
class Subject:
    """How an instruction refers to the subject: "the dog", "the dog's", and whether it has a head to speak of."""

    the: str
    possessive: str
    has_head: bool

    @property
    def they(self) -> str:
        """The word as the subject of a sentence: "she" for "her"."""
        return {"her": "she", "him": "he"}.get(self.the, self.the)


def name_subject(subject: str, has_subject: bool, rng: np.random.Generator, has_head: bool = False) -> Subject:
    """A wording for a photo's subject noun; "the picture" when there is none. has_head: is its head known?"""
    if not has_subject:
        return Subject("the picture", "the picture's", False)
    noun = one_of(rng, _NOUNS.get(subject, (subject,))) if subject not in ("scene", "room", "landscape") else "main subject"
    the = f"the {noun}"
    possessive = f"{the}'" if noun.endswith("s") and subject in _PLURAL else f"{the}'s"
    if subject in _PRONOUNS and rng.random() < 0.3:
        the, possessive = _PRONOUNS[subject]
    elif subject in ("cat", "dog") and rng.random() < 0.15:
        the, possessive = "it", "its"
    elif subject in _OWNED and subject not in ("woman", "man") and rng.random() < 0.1:
        owner = one_of(rng, ("my", "this", "our"))
        the, possessive = f"{owner} {noun}", f"{owner} {noun}'s"
    elif rng.random() < 0.06:
        the, possessive = "the subject", "the subject's"
    return Subject(the, possessive, has_head)


def article(words: str) -> str:
    """words with "a" or "an" before them."""
    vowel = words[0].lower() in "aeiou" and not re.match(r"(uni|ufo|one|euro)", words.lower())
    vowel = vowel or words.lower().startswith(("hour", "x-ray"))
    return f"{'an' if vowel else 'a'} {words}"


def one_of(rng: np.random.Generator, options):
    """One of the options, evenly."""
    return options[int(rng.integers(len(options)))]


def _adjectives(thing: Thing, colour: str | None, rng: np.random.Generator) -> str:
    words = []
    if rng.random() < 0.3:
        words.append(one_of(rng, ("big", "cute", "bright", "large", "cartoon", "lovely", "cheerful", "nice", "fun", "cool", "simple")))
    if colour is not None:
        looks = [look for look in thing.looks if look not in _COLOUR_WORDS and look not in words]
        if looks and rng.random() < 0.12:
            words.append(one_of(rng, looks))
        words.append(f"bright {colour}" if not words and colour not in ("white", "black") and rng.random() < 0.04 else colour)
    elif thing.looks and rng.random() < 0.45:
        look = one_of(rng, thing.looks)
        if look not in words:
            words.append(look)
    return " ".join(words)


def noun_phrase(thing: Thing, colour: str | None, rng: np.random.Generator) -> str:
    """One of the thing with an article, its own words marked: "a \x01big red heart\x02"."""
    name = one_of(rng, thing.aliases) if thing.aliases and rng.random() < 0.2 else thing.name
    adjectives = _adjectives(thing, colour, rng)
    measure = re.match(r"a (pair|bunch|stack|box) of ", name)
    if measure:
        return marked(" ".join(filter(None, (measure[0].strip(), adjectives, name.removeprefix(measure[0])))))
    words = f"{adjectives} {name}".strip()
    if thing.is_plural:
        paired = thing.anchors[0] in ("eyes", "ears", "head", "back")
        return marked(one_of(rng, (words, words, f"some {words}", f"a pair of {words}" if paired else words)))
    return marked(article(words))


def plural_phrase(thing: Thing, colour: str | None, count: int, rng: np.random.Generator) -> str:
    """Several of the thing, its own words marked: "\x01five pink hearts\x02", "lots of \x01pink hearts\x02"."""
    words = f"{_adjectives(thing, colour, rng)} {thing.plural}".strip()
    if count in _COUNTS and (count == 2 or rng.random() < 0.5) and not (thing.is_plural and thing.plural == thing.name):
        return marked(f"{_COUNTS[count]} {words}")
    return marked(
        one_of(rng, (words, f"several {words}", f"some {words}", f"lots of {words}", f"many {words}", f"a bunch of {words}", f"plenty of {words}"))
    )


def own_words(rng: np.random.Generator, thing: Thing, colour: str | None = None, count: int = 1) -> str:
    """A thing's words as an instruction has them and the drawing transformer reads them: "big red crown", "two blue stars".

    No article; synonyms, adjectives, American spelling and slips of the finger included. count > 1: the plural.
    """
    phrase = noun_phrase(thing, colour, rng) if count == 1 else plural_phrase(thing, colour, count, rng)
    words = unmarked(american(phrase) if rng.random() < 0.6 else phrase)
    words = words[0][slice(*words[1][0])]
    return with_slips(words, protected_words(words), rng) if rng.random() < SLIPS else words


def marked(phrase: str) -> str:
    """The phrase with marks about its own words: all but the article or a vague count."""
    start = _NOT_OWN.match(phrase)
    cut = start.end() if start else 0
    return f"{phrase[:cut]}{OPEN}{phrase[cut:]}{CLOSE}"


def unmarked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """(text without marks, the spans that were marked, in order)."""
    spans: list[tuple[int, int]] = []
    for found, match in enumerate(re.finditer(f"{OPEN}([^{CLOSE}]*){CLOSE}", text)):
        start = match.start() - 2 * found
        spans.append((start, start + len(match[1])))
    return text.replace(OPEN, "").replace(CLOSE, ""), spans


def american(text: str) -> str:
    """Colour becomes color."""
    return re.sub(r"\w+", lambda match: _AMERICAN.get(match[0], match[0]), text)


def protected_words(text: str) -> set[str]:
    """Words of the text, lower case, that a slip would turn into something else: those of marked phrases (all without marks)
    that are short, name a colour or a count."""
    phrases = re.findall(f"{OPEN}([^{CLOSE}]*){CLOSE}", text) or [text]
    words = {word.lower() for phrase in phrases for word in re.findall(r"\w+", phrase)}
    return {word for word in words if len(word) < LEAST_SLIPPED} | {"colourful", "colorful"}


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
        "shoulders": (f"on {subject.possessive} shoulders", f"on {subject.possessive} back", f"behind {the}"),
        "left": (f"to the left of {the}", f"on the left side of {the}", f"left of {the}", f"on the left of {the}", f"at {subject.possessive} left side", "on the left"),
        "right": (f"to the right of {the}", f"on the right side of {the}", f"right of {the}", f"on the right of {the}", f"at {subject.possessive} right side", "on the right"),
        "beside_left": (f"to the left of {the}", f"next to {the} on the left", f"beside {the} on the left side"),
        "beside_right": (f"to the right of {the}", f"next to {the} on the right", f"beside {the} on the right side"),
        "above": (f"above {the}", f"floating above {the}", f"in the air above {the}", over[0]),
        "behind": (f"behind {the}", f"in the background behind {the}", f"right behind {the}", f"peeking out from behind {the}"),
        "front": (f"in front of {the}", f"at the bottom in front of {the}", f"right in front of {the}"),
        "middle": (f"on {the}", f"in the middle of {the}", f"right on {the}") if the != "the picture" else ("in the middle of the picture", "in the middle", "in the centre of the photo"),
        **{corner: _corner(*corner.split("_")) for corner in CORNERS},
        "sky": ("in the sky", "at the top", "along the top", "up in the air", f"in the sky above {the}", "across the top of the picture"),
        "bottom": ("at the bottom", "along the bottom", "at the bottom of the picture", "along the lower edge", f"at the bottom in front of {the}"),
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
    return one_of(rng, options[anchor])


def _corner(height: str, side: str) -> tuple[str, ...]:
    level = {"top": "upper", "bottom": "lower"}[height]
    return (
        f"in the {height} {side} corner", f"in the {level} {side} corner", f"at the {height} {side}", f"in the {height} {side} of the picture",
        f"in the {side} {level} corner", "in the corner",
    )  # fmt: skip
