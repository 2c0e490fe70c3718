"""Instructions: wide, correct, and with two sets of phrasings that never mix."""

import re

import numpy as np
import pytest

from data import grammar
from data.grammar import FRAMES, PHRASINGS
from data.things import BY_NAME, THINGS, plural_of
from data.whole import LOOKS
from data.wording import Subject, article, with_slips

DOG = Subject("the dog", "the dog's", True)
HER = Subject("her", "her", True)


def texts(count: int, phrasing: str = "train", seed: int = 0) -> list[tuple[str, object, str | None, str]]:
    """(text, thing, colour, anchor) of single things at all of their anchors."""
    rng, made = np.random.default_rng(seed), []
    while len(made) < count:
        thing = THINGS[int(rng.integers(len(THINGS)))]
        anchor = thing.anchors[int(rng.integers(len(thing.anchors)))]
        colour = thing.colours[int(rng.integers(len(thing.colours)))] if thing.colours and rng.random() < 0.5 else None
        if anchor not in ("around", "scatter"):
            made.append((grammar.place_text(rng, thing, colour, anchor, DOG, phrasing)[0], thing, colour, anchor))
    return made


@pytest.mark.parametrize("family", FRAMES)
def test_phrasings_are_disjoint(family):
    assert set(FRAMES[family]) == set(PHRASINGS)
    plain = lambda frame: re.sub(r"[^a-z{} ]", "", frame.lower()).strip()
    bare = {name: set(map(plain, frames)) for name, frames in FRAMES[family].items()}
    assert not bare["train"] & bare["held_out"]
    assert min(map(len, bare.values())) >= 1


def test_held_out_words_never_appear_in_training_texts():
    """The verbs that open held-out frames are unknown in training: no frame is a prefix of the other set's."""
    opening = re.compile(r"^(sketch|stick|strew|enclose|encircle|show)\b", re.IGNORECASE)
    assert not any(opening.match(text) for text, *_ in texts(400))
    held_out = [text for text, *_ in texts(200, "held_out")]
    assert sum(bool(opening.match(text)) for text in held_out) > 10


def test_thing_colour_and_side_are_named():
    sides = said_sides = named = 0
    for text, thing, colour, anchor in texts(500, seed=1):
        low = text.lower().replace("gray", "grey").replace("mustache", "moustache").replace("woolen", "woollen")
        names = (thing.name, *(re.sub("^a (pair|bunch|box|stack) of ", "", alias) for alias in thing.aliases))
        named += any(name.lower() in low for name in names)
        assert colour is None or colour in low, text
        for side in ("left", "right"):
            if anchor.endswith(side):
                other = {"left": "right", "right": "left"}[side]
                said_sides += bool(re.search(rf"\b{side}\b", low))
                sides += 1
                assert not re.search(rf"\b{other}\b", low), text
    assert named >= 0.97 * 500, "all but for slips of the finger"
    assert said_sides > 0.85 * sides, "the place is left unsaid only now and then"


def test_lengths_run_from_a_few_words_to_sixty_and_paraphrases_are_many():
    lengths = np.array([len(text.split()) for text, *_ in texts(600, seed=2)])
    assert lengths.min() <= 3 and lengths.max() <= 60
    assert 0.05 < np.mean(lengths > 20) < 0.3
    assert lengths.max() > 35
    rng = np.random.default_rng(3)
    said = {grammar.place_text(rng, BY_NAME["heart"], "red", "left", DOG)[0] for _ in range(300)}
    assert len(said) > 250


def test_pronouns_stand_in_the_right_case():
    rng = np.random.default_rng(4)
    said = [grammar.place_text(rng, BY_NAME["sunglasses"], None, "eyes", HER)[0] for _ in range(300)]
    wrong = re.compile(r"(^|\bcan |\bif )(her|him) (should|with|wear|in|surrounded)\b", re.IGNORECASE)
    assert not any(map(wrong.search, said))
    assert any("she should wear" in text.lower() for text in said)


def test_articles_and_plurals():
    for words in ("an owl", "a unicorn", "a ufo", "an hourglass", "a red owl"):
        assert article(words.split(" ", 1)[1]) == words
    said = "fire truck", "fairy", "fox", "snowman", "toy"
    assert [plural_of(name) for name in said] == ["fire trucks", "fairies", "foxes", "snowmen", "toys"]


def test_counts_are_said_right():
    rng = np.random.default_rng(5)
    said = [grammar.several_text(rng, BY_NAME["heart"], "pink", 5, "around", DOG)[0] for _ in range(200)]
    numbers = {word for text in said for word in re.findall(r"\b(two|three|four|five|six|seven|eight)\b", text.lower())}
    assert numbers == {"five"}
    assert not any(re.search(r"\b(a|an) (pink )?hearts", text.lower()) for text in said)
    both = [grammar.several_text(rng, BY_NAME["sunflower"], None, 2, "both", DOG)[0].lower() for _ in range(60)]
    assert all(("two" in text and "sunflowers" in text) or "a " in text for text in both)


@pytest.mark.parametrize("kind", LOOKS)
def test_edits_without_things_name_colour_and_have_a_span(kind):
    rng = np.random.default_rng(6)
    for look in LOOKS[kind]:
        for thick in (True, False):
            text, [(start, end)] = grammar.whole_text(rng, kind, look, "green", DOG, "train", thick)
            assert "green" in text[start:end].lower() and len(text[start:end].split()) >= 2, text
    nobody = Subject("the picture", "the picture's", False)
    if kind in ("pattern", "band", "backdrop"):
        said = [grammar.whole_text(rng, kind, LOOKS[kind][0], "orange", nobody, "train")[0] for _ in range(100)]
        assert not any("the picture" in text or "a orange" in text or "background unchanged" in text for text in said)


def test_slips_are_rare_small_and_spare_the_meaning():
    rng = np.random.default_rng(7)
    text = "please decorate the photo with yellow sunglasses around the corner"
    for _ in range(200):
        slipped = with_slips(text, {"yellow", "sunglasses"}, rng)
        assert {"yellow", "sunglasses", "around", "corner"} <= set(slipped.split())
        pairs = list(zip(text.split(), slipped.split(), strict=True))
        changed = [(a, b) for a, b in pairs if a != b]
        assert len(changed) <= 2 and all(abs(len(a) - len(b)) <= 1 for a, b in changed)
    assert any(with_slips(text, set(), rng) != text for _ in range(5))
    assert with_slips("add a red hat", {"red", "hat"}, rng) == "add a red hat"


def test_spans_are_the_things_own_words():
    """Also in long instructions, with capitals, American spelling and slips; no article, no vague count."""
    rng = np.random.default_rng(10)
    for text, spans in [grammar.place_text(rng, BY_NAME["moustache"], "black", "lip", HER) for _ in range(300)]:
        [(start, end)] = spans
        words = text[start:end].lower()
        assert "black" in words and not re.match(r"(a|an|some)\b", words), text
        assert not re.search(r"[\x00-\x1f]", text) and (start == 0 or text[start - 1] == " "), text
        assert end == len(text) or not text[end].isalnum(), text
    for text, spans in [grammar.several_text(rng, BY_NAME["heart"], "pink", 7, "scatter", DOG) for _ in range(200)]:
        words = text[slice(*spans[0])].lower()
        assert re.fullmatch(r"(seven )?([\w-]+ )*(bright pink|pink|pink love) hearts", words), text


@pytest.mark.parametrize("phrasing", PHRASINGS)
def test_each_of_several_things_has_its_own_span(phrasing):
    rng = np.random.default_rng(11)
    asked = ("crown", "red", 1, "head"), ("heart", "blue", 2, "both"), ("tree", None, 1, "beside_left")
    for count in (2, 3):
        for _ in range(100):
            parts = [grammar.thing_words(rng, BY_NAME[name], *told, DOG) for name, *told in asked[:count]]
            text, spans = grammar.parts_text(rng, parts, DOG, phrasing)
            own = [text[slice(*span)].lower() for span in spans]
            assert len(own) == count and "crown" in own[0] and "red" in own[0] and "heart" in own[1], text
            assert own[1].startswith("two") and (count == 2 or "tree" in own[2])
            assert [start for start, _ in spans] == sorted(start for start, _ in spans)
