"""Artwork: the atlas, the vocabulary it shows, the thousand nouns, and hands that redraw anything."""

import gzip
import json

import numpy as np
import pytest
from doubles import star_sprite

from data.artwork import GENERATOR_FAMILIES, ArtworkError, load_artwork, save_atlas
from data.colours import PALETTE, recolour
from data.hands import HANDS, WITHHELD, Hand, colours_of, load_hand, save_hand
from data.styles.redraw import SIDE, Art, on_canvas, regions
from data.styles.things import RENDERERS
from data.things import BY_NAME, THINGS
from data.thousand import Noun, load_thousand, nouns, save_thousand, sketched_words, slug
from scripts.artwork import drawn_sprites


def test_recolour_takes_the_colour_and_keeps_the_shading():
    rgb = np.zeros((4, 8, 3), np.uint8)
    rgb[:, :4], rgb[:, 4:6], rgb[:, 6:] = (240, 200, 40), (150, 120, 20), (240, 240, 240)
    blue = recolour(rgb, np.full((4, 8), 255, np.uint8), "blue")
    assert np.abs(blue[0, 0].astype(int) - PALETTE["blue"]).max() < 12
    assert blue[0, 4].astype(int).sum() < blue[0, 0].astype(int).sum() and np.array_equal(blue[0, 7], rgb[0, 7])


def test_atlas_round_trip_and_its_errors(tmp_path):
    with pytest.raises(ArtworkError, match="run.py artwork"):
        load_artwork(tmp_path)
    stars = [star_sprite(thing.name) for thing in THINGS if thing.art]
    save_atlas(tmp_path / "artwork" / "atlas.npz", drawn_sprites((0, 2)) + stars)
    loaded = load_artwork(tmp_path)
    assert loaded.names == {thing.name for thing in THINGS}
    assert {sprite.family for sprite in loaded.sprites("halo")} == {"drawn-0"}, "held-out families must not be loaded"
    assert np.array_equal(loaded.sprites("heart")[0].rgba, star_sprite("heart").rgba)
    save_atlas(tmp_path / "artwork" / "atlas.npz", drawn_sprites())
    with pytest.raises(ArtworkError, match="no picture of"):
        load_artwork(tmp_path)


def test_every_thing_has_artwork_or_is_drawn():
    sprites = drawn_sprites((0, 1, 2, 3))
    assert {thing.name for thing in THINGS if thing.art is None} == {sprite.thing for sprite in sprites}
    assert len(BY_NAME) == len(THINGS) == 215
    trained_order = [thing.name for thing in (*THINGS[:3], THINGS[58])]
    assert trained_order == ["crown", "party hat", "top hat", "trophy"]
    assert {f"drawn-{variant}" for variant in (0, 1, 3)} <= set(GENERATOR_FAMILIES)
    for name in ("scarf", "santa hat", "necklace"):
        shapes = [sprite.rgba for sprite in sprites if sprite.thing == name]
        assert len({shape.tobytes() for shape in shapes}) == 4, "variants differ, one is held out"
    for sprite in sprites:  # a run of opaque pixels along a side is a cut stroke; brims and hems are flat below
        if sprite.thing in ("antlers", "bunny ears", "viking helmet", "devil horns", "headphones"):
            alpha = sprite.rgba[..., 3] > 200
            assert max(alpha[:, 0].sum(), alpha[:, -1].sum(), alpha[0].sum()) < 0.12 * max(alpha.shape), sprite.thing


SUBGROUPS = {
    "25": "person-role", "34": "animal-mammal", "59": "sky-weather", "65": "clothing", "94": "keycap", "58": "time",
    "97": "flag",
}  # fmt: skip


def emoji(label: str, subgroup: int, *tags: str) -> dict:
    return {"label": label, "hexcode": "1F600", "group": 3, "subgroup": subgroup, "tags": list(tags)}


def test_nouns_are_named_as_people_name_them():
    asked = [
        emoji("zebra", 34, "stripe"), emoji("high voltage", 59, "danger"), emoji("woman’s hat", 65, "lady"),
        emoji("keycap: 3", 94), emoji("one o’clock", 58), emoji("man astronaut", 25), emoji("astronaut", 25, "space"),
        emoji("chequered flag", 97),
    ]  # fmt: skip
    found = nouns(asked, {"subgroups": SUBGROUPS})
    assert [noun.name for noun in found] == ["zebra", "lightning bolt", "sun hat", "astronaut"]
    assert found[1].tags == ("high voltage", "danger")
    for thing in THINGS:
        if thing.art is not None:
            for noun in nouns([emoji(thing.art.replace("-", " "), 34)], {"subgroups": SUBGROUPS}):
                assert noun.name == thing.name
    assert [slug(label) for label in ("woman’s hat", "piñata", "globe showing Europe-Africa")] == [
        "womans-hat", "pinata", "globe-showing-europe-africa",
    ]  # fmt: skip


def test_pictures_and_sketches_come_back(tmp_path):
    with pytest.raises(ArtworkError, match="run.py artwork"):
        load_thousand(tmp_path)
    with pytest.raises(ArtworkError, match="PHOTODOODLE_DATA"):
        sketched_words(tmp_path)
    rgba = np.zeros((224, 112, 4), np.uint8)
    rgba[20:, :, :] = (250, 40, 10, 255)
    noun = Noun("zebra", "zebra", ("stripe",), "1F993")
    save_thousand(tmp_path / "artwork" / "thousand.npz", [(noun, "noto", rgba)])
    (picture,) = load_thousand(tmp_path)
    assert (picture.thing, picture.family, picture.tags) == ("zebra", "noto", ("stripe",))
    np.testing.assert_array_equal(picture.rgba, rgba)
    with gzip.open(tmp_path / "quickdraw.ndjson.gz", "wt") as file:
        file.write(json.dumps({"word": "cat", "drawing": [[[0, 10, 255], [1, 2, 3]], [[7], [9]]]}) + "\n")
    assert sketched_words(tmp_path) == ["cat"]


def face() -> Art:
    """A red disc with two dark eyes, and the same as an icon of one ink."""
    ys, xs = np.mgrid[0:120, 0:120]
    disc = np.hypot(xs - 60, ys - 60) < 58
    eyes = (np.hypot(xs - 40, ys - 45) < 8) | (np.hypot(xs - 80, ys - 45) < 8)
    flat = np.zeros((120, 120, 4), np.uint8)
    flat[disc], flat[eyes] = (220, 40, 40, 255), (20, 20, 24, 255)
    return Art("face", flat, glyph=(((disc & (np.hypot(xs - 60, ys - 60) > 50)) | eyes) * 255).astype(np.uint8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Atlases of one thing in every hand."""
    path = tmp_path_factory.mktemp("hands")
    for hand in HANDS:
        pictures = [("face", RENDERERS[hand](face(), np.random.default_rng(0)))]
        save_hand(path / f"hands-{hand}.npz", pictures)
    return path


@pytest.mark.parametrize("hand", HANDS)
def test_every_hand_draws_and_a_named_colour_is_the_colour_seen(hand, folder):
    atlas = load_hand(hand, folder)
    picture = atlas.paint(atlas.pick("face"))
    assert picture.dtype == np.float32 and picture.shape[2] == 4 and 200 <= max(picture.shape[:2]) <= SIDE
    assert (picture[..., :3] <= picture[..., 3:] + 1e-4).all() and picture.min() >= 0 and picture.max() <= 1
    # Trimmed, and drawn where the disc is.
    assert picture[..., 3].max(axis=0).min() > 0 and picture[SIDE // 2, SIDE // 2, 3] > 0.3
    mean = lambda colour: atlas.paint(atlas.pick("face"), colour)[..., :3].sum((0, 1))
    red, blue = mean("red"), mean("blue")
    assert red[0] > red[2] and blue[2] > blue[0] and set(colours_of(hand)) <= set(PALETTE)
    with pytest.raises(KeyError):
        atlas.paint(atlas.pick("face"), "mauve")


def test_what_is_missing_says_what_to_do_and_thirty_things_are_withheld(folder, tmp_path):
    with pytest.raises(ArtworkError, match="run.py hands"):
        load_hand("flat", folder).pick("sphinx")
    with pytest.raises(ArtworkError, match="run.py hands"):
        load_hand("flat", tmp_path)
    (crown,) = Hand("edge", {"crown": [], "house": []}).things
    assert crown.name == "crown" and "golden" not in crown.looks and "black" in crown.colours
    assert len(WITHHELD) == 30 and set(BY_NAME) >= WITHHELD


def test_regions_keep_small_dark_ones():
    found = regions(on_canvas(face().flat, 4), 5, smallest=0.0016)
    dark = [k for k, colour in enumerate(found.colours) if colour.max() < 80 and (found.label == k).any()]
    assert len(dark) == 1
