"""Instructions: natural paraphrases, short and long, that name the thing, its colour, its count and its place.

Two sets of phrasings (tables/phrases.toml): "train" for pairs to learn from, "held_out" for evaluating on sentences
never seen. Most instructions are one short sentence; some are long and descriptive, up to 60 words; a few have a slip
of the finger. Each comes with the spans of its elements' own words."""

import re

from numpy.random import Generator

from data import wording as w
from data.things import Thing

PHRASINGS = ("train", "held_out")
FRAMES: dict[str, dict[str, list[str]]] = w.said("frames")

Said = tuple[str, list[tuple[int, int]]]  # An instruction and the character spans of its elements' own words, in order
LONG_SHARE = 0.14  # Share of instructions that go on to describe what they ask for
PLACELESS = ("head", "halo", "back", "shoulders", "eyes", "lip", "chin", "neck", "ears")
PLACELESS_SHARES = 0.3, 0.08  # Shares of instructions without place: where it goes without saying; elsewhere
LINKED_SHARE = 0.7  # Share of training's instructions for several things that string them together in any bare frame
MOST_WORDS = 60
BEHIND_ALL = ("backdrop", "pattern", "scatter", "band")  # They change the background: no remark asks to keep it

_IMPERATIVE = re.compile(r"(add|put|place|draw|doodle|paint|give|insert|surround|frame|fill|cover|trace|outline) ")


def _speak(
    rng: Generator, family: str, phrasing: str, subject: w.Subject, thing: Thing | None = None,
    anchor: str | None = None, **words: str,
) -> Said:  # fmt: skip
    """A whole instruction from a frame of the family; sometimes with a description, a closing remark, slips."""
    words = subject.words | words
    if anchor is not None:
        words.setdefault("where", w.where(anchor, subject, rng))
    sentence = w.one_of(rng, FRAMES[family][phrasing]).format(**words)
    if rng.random() < LONG_SHARE and family != "backdrop":
        sentence = _describe(rng, sentence, thing, anchor, subject)
    tails = w.said("remarks", "tails")
    if family in BEHIND_ALL:
        tails = [tail for tail in tails if "background" not in tail and "photo" not in tail]
    sentence = _finish(sentence, subject, rng, tails)
    if rng.random() < 0.6:
        sentence = w.american(sentence)
    if phrasing == "train" and rng.random() < w.SLIPS:
        sentence = w.with_slips(sentence, w.protected_words(sentence), rng)
    return w.unmarked(sentence)


def _describe(rng: Generator, sentence: str, thing: Thing | None, anchor: str | None, subject: w.Subject) -> str:
    """A longer instruction: what it looks like, where it is, how it is drawn, in at most MOST_WORDS words."""
    body = sentence.rstrip(".?")
    remarks = []
    if thing is not None and thing.details:
        detail = w.one_of(rng, thing.details)
        body = f"{body}, with {detail}" if rng.random() < 0.5 else body
        if not body.endswith(detail):
            remarks.append(w.one_of(rng, w.said("details", "sentences")).format(name=thing.name, detail=detail))
    if anchor is not None and rng.random() < 0.5:
        remarks.append(w.one_of(rng, w.said("remarks", "place")).format(where=w.where(anchor, subject, rng)))
    if rng.random() < 0.7 or not remarks:
        remarks.append(w.one_of(rng, w.said("remarks", "style")))
    opener = w.one_of(rng, w.said("remarks", "openers")) if _IMPERATIVE.match(body) else ""
    text = f"{_capital(opener + body)}."
    for remark in remarks:
        if len(text.split()) + len(remark.split()) <= MOST_WORDS:
            text = f"{text} {remark}"
    return text


def _finish(sentence: str, subject: w.Subject, rng: Generator, tails: list[str]) -> str:
    """Capital letter, full stop and a closing remark, each only sometimes, as people type."""
    sentence = re.sub(r"\s+", " ", sentence).strip()
    tail = rng.random() < 0.15
    if rng.random() < 0.4 or tail:
        sentence = _capital(sentence)
    if tail:
        ending = w.one_of(rng, tails).format(the="the subject" if subject.the in ("it", "the picture") else subject.the)
        if len(sentence.split()) + len(ending.split()) <= MOST_WORDS:
            return f"{sentence.rstrip('.?')}. {ending}"
    if rng.random() < 0.2 and sentence[-1] not in ".?":
        return sentence + ("!" if rng.random() < 0.15 else ".")
    return sentence


def _capital(sentence: str) -> str:
    return re.sub(r"\w", lambda match: match[0].upper(), sentence, count=1)


def _place_words(rng: Generator, anchor: str, subject: w.Subject, wished: bool = False) -> str:
    """The place, or "" where it is left unsaid; one that is wished for is always said."""
    unsaid = not wished and rng.random() < PLACELESS_SHARES[anchor not in PLACELESS]
    return "" if unsaid else w.where(anchor, subject, rng)


def place_text(
    rng: Generator, thing: Thing, colour: str | None, anchor: str, subject: w.Subject,
    phrasing: str = "train", wished: bool = False,
) -> Said:  # fmt: skip
    """Instruction for one thing at an anchor."""
    what, place = w.noun_phrase(thing, colour, rng), _place_words(rng, anchor, subject, wished)
    family = "place" if place else "bare"
    if thing.is_worn_on_face or (anchor in ("head", "shoulders") and subject.has_head):
        family = "wear" if rng.random() < 0.3 else family
    elif anchor in ("back", "halo") and subject.has_head and rng.random() < 0.35:
        family = "halo" if anchor == "halo" else "wings"
    return _speak(rng, family, phrasing, subject, thing, anchor if place else None, what=what, where=place)


def thing_words(
    rng: Generator, thing: Thing, colour: str | None, count: int, anchor: str, subject: w.Subject, wished: bool = False
) -> str:
    """One part of an instruction for several: "a \x01red crown\x02 on her head", "\x01two balloons\x02"."""
    what = w.noun_phrase(thing, colour, rng) if count == 1 else w.plural_phrase(thing, colour, count, rng)
    return f"{what} {_place_words(rng, anchor, subject, wished)}".strip()


def parts_text(rng: Generator, parts: list[str], subject: w.Subject, phrasing: str, wished: bool = False) -> Said:
    """Instruction for two or three parts as thing_words gives them; now and then without places, but wished ones."""
    if not wished and rng.random() < 0.25:
        parts = [part[: part.index(w.CLOSE) + 1] for part in parts]
    family = "two" if len(parts) == 2 else "three"
    if phrasing == "train" and rng.random() < LINKED_SHARE:
        what = w.one_of(rng, w.said("links", family)).format(**dict(zip("abc", parts)))
        return _speak(rng, "bare", phrasing, subject, what=what)
    return _speak(rng, family, phrasing, subject, **dict(zip("abc", parts)))


def several_text(
    rng: Generator, thing: Thing, colour: str | None, count: int, anchor: str, subject: w.Subject,
    phrasing: str = "train", told: bool | None = None,
) -> Said:  # fmt: skip
    """Instruction for count copies (told: are they counted?) at "both", "around", "scatter", "sky" or "bottom"."""
    family = anchor if anchor in ("around", "scatter") and rng.random() < 0.4 else "place"
    if anchor == "both" and not thing.is_plural and rng.random() < 0.3:
        what = w.noun_phrase(thing, colour, rng)
    else:
        what = w.plural_phrase(thing, colour, count, rng, told)
    place = w.where(anchor, subject, rng)
    if family == "place" and anchor != "both" and rng.random() < 0.15:
        family, place = "bare", ""
    return _speak(rng, family, phrasing, subject, thing, anchor if place else None, what=what, where=place)


def _outline_phrase(rng: Generator, colour: str, thick: bool, look: str) -> str:
    """A line about the subject in words: "a thick red outline"."""
    line = w.one_of(rng, w.said("outlines", "glow" if look == "glow" else "line"))
    look_word = w.one_of(rng, w.said("lines", look)) if line != "glow" else ""
    kind = w.one_of(rng, w.said("outlines", "thick" if thick else "thin"))
    return w.marked(w.article(f"{kind if look != 'glow' else ''}{look_word}{colour} {line}"))


def whole_words(
    rng: Generator, kind: str, look: str, colour: str, subject: w.Subject, placed: bool = True, thick: bool = False
) -> str:
    """What is as large as the photo, its own words marked: kind: outline, pattern, band or frame; look: one of that
    kind's of whole.py; placed: as one part of an instruction for several, an outline or a frame with its place."""
    if kind == "outline":
        return _outline_phrase(rng, colour, thick, look) + (f" around {subject.the}" if placed else "")
    what = w.one_of(rng, w.said({"frame": "picture_frames", "pattern": "patterns", "band": "bands"}[kind], look))
    what = what.format(c=colour)
    if kind != "pattern" or what.startswith("a "):
        what = w.article(what if kind != "pattern" else what.removeprefix("a "))
    place = f" {w.one_of(rng, w.said('outlines', 'frame_place'))}" if placed and kind == "frame" else ""
    return w.marked(what) + place


def whole_text(
    rng: Generator, kind: str, look: str, colour: str, subject: w.Subject, phrasing: str, thick: bool = False
) -> Said:
    """Instruction for something as large as the photo (see whole_words), or for a "backdrop" of one colour."""
    if kind not in ("outline", "frame") and subject.the == "the picture":
        # Behind "the picture" is nothing.
        subject = w.Subject("everything", "everything's", False)
    if kind == "backdrop":
        return _speak(rng, kind, phrasing, subject, colour=colour, an=w.article(colour).split(" ")[0])
    return _speak(rng, kind, phrasing, subject, what=whole_words(rng, kind, look, colour, subject, False, thick))


def piece_text(rng: Generator, what: str, place: str, subject: w.Subject, phrasing: str) -> Said:
    """Instruction for one piece that is no thing of the vocabulary. what: its marked noun phrase; place: or ""."""
    return _speak(rng, "place" if place else "bare", phrasing, subject, what=what, where=place)
