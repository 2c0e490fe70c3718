"""Noun phrases and places in words, and slips of the finger: what an instruction calls a thing, its colour, its count,
its subject and its place. The words themselves are in tables/phrases.toml."""

import re
from dataclasses import dataclass

from numpy.random import Generator

from data.tables import table
from data.things import Thing

COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
OPEN, CLOSE = "\x01", "\x02"  # Marks about an element's own words, which `unmarked` turns into spans

_NOT_OWN = re.compile(r"(a bunch of|an?|some|several|lots of|many|plenty of) (?=\S)")
LEAST_SLIPPED = 7  # Letters of the shortest word of a thing's name that may have a slip
SLIPS = 0.04  # Share of training instructions with a slip


def said(*path: str):
    """An entry of tables/phrases.toml."""
    found = table("phrases.toml")
    for key in path:
        found = found[key]
    return found


def one_of(rng: Generator, options):
    """One of the options, evenly; keeps its type."""
    return options[int(rng.integers(len(options)))]


@dataclass(frozen=True)
class Subject:
    """How an instruction refers to the subject: "the dog", "the dog's", and whether it has a head to speak of."""

    the: str
    possessive: str
    has_head: bool

    @property
    def words(self) -> dict[str, str]:
        """What frames may say of it; they: as the subject of a sentence, "she" for "her"."""
        they = {"her": "she", "him": "he"}.get(self.the, self.the)
        return {"the": self.the, "they": they, "poss": self.possessive}


def name_subject(subject: str, has_subject: bool, rng: Generator, has_head: bool = False) -> Subject:
    """A wording for a photo's subject noun; "the picture" when there is none. has_head: is its head known?"""
    if not has_subject:
        return Subject("the picture", "the picture's", False)
    places = ("scene", "room", "landscape")
    noun = "main subject" if subject in places else one_of(rng, said("subjects").get(subject, (subject,)))
    the = f"the {noun}"
    possessive = f"{the}'" if noun.endswith("s") and subject in said("words", "plural_subjects") else f"{the}'s"
    person = subject in ("woman", "man")
    if person and rng.random() < 0.3:
        the, possessive = ("her", "her") if subject == "woman" else ("him", "his")
    elif subject in ("cat", "dog") and rng.random() < 0.15:
        the, possessive = "it", "its"
    elif subject in said("words", "owned") and not person and rng.random() < 0.1:
        the = f"{one_of(rng, ('my', 'this', 'our'))} {noun}"
        possessive = f"{the}'s"
    elif rng.random() < 0.06:
        the, possessive = "the subject", "the subject's"
    return Subject(the, possessive, has_head)


def article(words: str) -> str:
    """words with "a" or "an" before them."""
    low = words.lower()
    vowel = low[0] in "aeiou" and not re.match(r"(uni|ufo|one|euro)", low)
    return f"{'an' if vowel or low.startswith(('hour', 'x-ray')) else 'a'} {words}"


def _adjectives(thing: Thing, colour: str | None, rng: Generator) -> str:
    words = []
    if rng.random() < 0.3:
        words.append(one_of(rng, said("words", "adjectives")))
    if colour is not None:
        looks = [look for look in thing.looks if look not in said("words", "colours") and look not in words]
        if looks and rng.random() < 0.12:
            words.append(one_of(rng, looks))
        bright = not words and colour not in ("white", "black") and rng.random() < 0.04
        words.append(f"bright {colour}" if bright else colour)
    elif thing.looks and rng.random() < 0.45:
        look = one_of(rng, thing.looks)
        if look not in words:
            words.append(look)
    return " ".join(words)


def noun_phrase(thing: Thing, colour: str | None, rng: Generator) -> str:
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


def plural_phrase(thing: Thing, colour: str | None, count: int, rng: Generator, told: bool | None = None) -> str:
    """Several of the thing, its own words marked: "\x01five pink hearts\x02". told: are they counted, or half of the
    time?"""
    words = f"{_adjectives(thing, colour, rng)} {thing.plural}".strip()
    counted = 2 <= count < len(COUNTS) and (count == 2 or (rng.random() < 0.5 if told is None else told))
    if counted and not (thing.is_plural and thing.plural == thing.name):
        return marked(f"{COUNTS[count]} {words}")
    return marked(f"{one_of(rng, said('words', 'vague'))} {words}".strip())


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
    return re.sub(r"\w+", lambda match: said("american").get(match[0], match[0]), text)


def where(anchor: str, subject: Subject, rng: Generator) -> str:
    """The place in words."""
    headless, nowhere = said("places_headless"), said("places_nowhere")
    options = said("places")[anchor] if subject.has_head or anchor not in headless else headless[anchor]
    if subject.the == "the picture" and anchor in nowhere:
        options = nowhere[anchor]
    return one_of(rng, options).format(**subject.words)


def protected_words(text: str) -> set[str]:
    """Words, lower case, that a slip would make another: short ones of marked phrases (without marks: of all)."""
    phrases = re.findall(f"{OPEN}([^{CLOSE}]*){CLOSE}", text) or [text]
    words = {word.lower() for phrase in phrases for word in re.findall(r"\w+", phrase)}
    return {word for word in words if len(word) < LEAST_SLIPPED} | {"colourful", "colorful"}


def with_slips(text: str, protected: set[str], rng: Generator) -> str:
    """text with one or, rarely, two slips in words of five letters and more, not protected nor the place's."""
    kept = protected | set(said("words", "meaning"))
    words = [m for m in re.finditer(r"(?<![\w'-])[A-Za-z]{5,}(?![\w'-])", text) if m[0].lower() not in kept]
    count = min(len(words), 2 if rng.random() < 0.2 else 1)
    # From the end, so that the earlier places stay where they are.
    for i in sorted(rng.permutation(len(words))[:count], reverse=True):
        text = text[: words[i].start()] + _slip(words[i][0], rng) + text[words[i].end() :]
    return text


def _slip(word: str, rng: Generator) -> str:
    at = int(rng.integers(1, len(word) - 1))
    kind = int(rng.integers(4))
    if kind == 0 and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm"):
        key = row.find(word[at])
        if key >= 0:
            near = one_of(rng, [row[k] for k in (key - 1, key + 1) if 0 <= k < len(row)])
            return word[:at] + near + word[at + 1 :]
    return word
