"""The thousand: which emoji are nouns, what they are called, and that pictures and sketches come back as they were stored."""

import gzip
import json

import numpy as np
import pytest
from pairs.artwork import ArtworkError
from pairs.thousand import GROUPS, Noun, load_sketches, load_thousand, nouns, save_thousand, slug
from pairs.things import THINGS

META = {
    "subgroups": {
        "25": "person-role",
        "34": "animal-mammal",
        "59": "sky-weather",
        "65": "clothing",
        "94": "keycap",
        "58": "time",
        "97": "flag",
    }
}


def _emoji(label: str, subgroup: int, *tags: str) -> dict:
    return {"label": label, "hexcode": "1F600", "group": 3, "subgroup": subgroup, "tags": list(tags)}


def test_nouns_are_named_as_people_name_them() -> None:
    found = nouns(
        [
            _emoji("zebra", 34, "stripe"), _emoji("high voltage", 59, "danger"), _emoji("woman’s hat", 65, "lady"), _emoji("keycap: 3", 94),
            _emoji("one o’clock", 58), _emoji("man astronaut", 25), _emoji("astronaut", 25, "space"), _emoji("chequered flag", 97),
        ],
        META,
    )  # fmt: skip
    assert [noun.name for noun in found] == ["zebra", "lightning bolt", "sun hat", "astronaut"]
    assert [noun.group for noun in found] == ["standing", "scattered", "worn", "standing"]
    assert found[1].tags == ("high voltage", "danger")


def test_every_vocabulary_icon_keeps_its_name() -> None:
    for thing in THINGS:
        if thing.art is not None:
            (noun,) = nouns([_emoji(thing.art.replace("-", " "), 34)], META) or [None]
            assert noun is None or noun.name == thing.name


def test_slugs_are_icon_names() -> None:
    assert slug("woman’s hat") == "womans-hat"
    assert slug("piñata") == "pinata"
    assert slug("globe showing Europe-Africa") == "globe-showing-europe-africa"


def test_pictures_come_back(tmp_path) -> None:
    rgba = np.zeros((224, 112, 4), np.uint8)
    rgba[20:, :, :] = (250, 40, 10, 255)
    noun = Noun("zebra", "zebra", ("stripe",), "standing", "1F993")
    save_thousand(tmp_path / "artwork" / "thousand.npz", [(noun, "noto", rgba), (noun, "twemoji", rgba)])
    (picture,) = load_thousand(tmp_path)
    assert (picture.thing, picture.family, picture.tags, picture.group) == ("zebra", "noto", ("stripe",), "standing")
    assert picture.group in GROUPS and picture.aspect == 0.5
    np.testing.assert_array_equal(picture.rgba, rgba)


def test_a_missing_atlas_says_what_to_do(tmp_path) -> None:
    with pytest.raises(ArtworkError, match="fetch_artwork"):
        load_thousand(tmp_path)
    with pytest.raises(ArtworkError, match="PHOTODOODLE_DATA"):
        load_sketches(tmp_path)


def test_sketches_are_strokes(tmp_path) -> None:
    with gzip.open(tmp_path / "quickdraw.ndjson.gz", "wt") as file:
        file.write(json.dumps({"word": "cat", "drawing": [[[0, 10, 255], [1, 2, 3]], [[7], [9]]]}) + "\n")
    (sketch,) = load_sketches(tmp_path)
    assert sketch.word == "cat"
    np.testing.assert_array_equal(sketch.strokes[0], [[0, 1], [10, 2], [255, 3]])
    assert sketch.strokes[1].shape == (2, 2)
