"""What the evaluation measures: known answers by hand, the ends of the scale, and what chance gives."""

import numpy as np
import pytest
import torch

from evaluation import figures
from evaluation.crops import SIZE, change, crops, square_about
from evaluation.draws import EvaluationError
from evaluation.figures import Resampling
from evaluation.held_out import EvaluationSet
from evaluation.report import Judge, Row, measure, table
from evaluation.vocabulary import load_vocabulary, record, to_text
from evaluation_doubles import COLOURS, WORDS, ColourReader, tools
from pairs.palette import PALETTE

PICTURES = 2


@pytest.fixture(scope="module")
def drawn_set(tmp_path_factory):
    chosen = EvaluationSet(tmp_path_factory.mktemp("set"), WORDS, side=128)
    chosen.draw(PICTURES, tools())
    return chosen


def rows_of(chosen, things=tuple(COLOURS)):
    items = list(chosen.items(PICTURES))
    judge = Judge(chosen.folder / "rows", items, ColourReader().eval(), things)
    rows = [Row(name, name, {}, judge.judge(name)) for name in ("truth", "second", "source", "mean", "blind")]
    return rows, [item.sample.meta["photo"] for item in items]


def test_truth_is_the_ceiling_and_the_source_is_nothing(drawn_set):
    measured = measure(*rows_of(drawn_set))
    truth, second, source = measured["truth"], measured["second"], measured["source"]
    assert truth["thing"].value == truth["thing"].share == 1.0 and truth["place"].value == 1.0
    assert second["place"].share == 1.0 and 0.3 < second["place"].value < 1
    assert source["place"].value == 0 and source["thing"].value == pytest.approx(1 / len(COLOURS))  # nothing drawn reads as one and the same thing
    assert source["background"].value == figures.PSNR_CAP
    assert measured["mean"]["place"].value > measured["blind"]["place"].value > 0


def test_permuted_labels_give_chance(drawn_set):
    names = list(COLOURS)
    rows, _ = rows_of(drawn_set, things=(*names[1:], names[0]))
    assert sum(j.read == j.thing for j in rows[0].judgements) == 0
    rows, photos = rows_of(drawn_set)
    judgements, rng = rows[0].judgements, np.random.default_rng(0)
    resampling = Resampling([j.thing for j in judgements], photos)
    reads = np.array([j.read for j in judgements])
    tops = [resampling.figure([float(a == j.thing) for a, j in zip(rng.permutation(reads), judgements)]).value for _ in range(300)]
    assert np.mean(tops) == pytest.approx(1 / len(COLOURS), abs=0.03)


def test_table_has_a_line_a_row_with_intervals(drawn_set):
    rows, photos = rows_of(drawn_set)
    facts = {"pictures": 8, "things": 4, "pictures_a_class": PICTURES, "photos": 5, "side": 128, "set": "x"}
    text = table(rows, measure(rows, photos), facts)
    assert "| truth | 100 % (100 to 100) | 1.00 | 100 %" in text and len(text.splitlines()) == 4 + len(rows)


def test_an_unknown_thing_is_refused(drawn_set):
    with pytest.raises(EvaluationError, match="has not learnt"):
        rows_of(drawn_set, things=("sunflower",))


def test_background_is_measured_far_from_the_doodle_only():
    source, alpha = np.full((96, 96, 3), 100, np.uint8), np.zeros((96, 96), np.float32)
    alpha[40:50, 40:50] = 1
    result = source + np.uint8(5)
    result[30:60, 30:60] = 255  # within 16 pixels of the doodle
    assert figures.background(source, result, alpha) == pytest.approx(20 * np.log10(255 / 5))
    result[0, 0] = 0
    assert figures.background(source, result, alpha) < 20 * np.log10(255 / 5)
    assert figures.background(source, result, np.ones_like(alpha)) is None


def test_place_counts_by_hand():
    one, two = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    one[:2], two[1:3] = True, True
    assert figures.place(one, two) == pytest.approx(1 / 3)
    assert figures.place(one, one) == 1 and figures.place(one & False, two & False) == 0


def test_colours_are_named_in_light_and_shade():
    mask = np.ones((8, 8), bool)
    for name, rgb in PALETTE.items():
        picture = np.empty((8, 8, 3), np.uint8)
        picture[:5], picture[5:] = rgb, np.array(rgb) * 0.8
        assert figures.colour(picture, mask) == name
    assert figures.colour(picture, ~mask) is None


def test_intervals_are_over_photos_and_macro_over_things():
    things, photos = ["a"] * 30 + ["b"] * 10, [f"{i % 8}" for i in range(40)]
    values = [1.0] * 30 + [0.0] * 10
    figure = Resampling(things, photos).figure(values, values)
    assert figure.value == 0.5 and figure.share == figure.share_low == figure.share_high == 1
    assert figure.low < 0.5 < figure.high
    apart = Resampling(things, [str(i) for i in range(40)]).figure(values)
    assert apart.high - apart.low > 0.1
    rare = Resampling(things, [str(i) for i in range(40)]).figure([None] * 39 + [1.0])
    assert rare.low == rare.high == rare.value == 1  # resamples without the one picture say nothing
    assert Resampling(things, photos).figure([None] * 40) is None
    assert Resampling(things, photos).figure([None] * 30 + [0.25] * 10).value == 0.25


def test_crops_follow_the_change_and_ignore_a_far_speck():
    source = np.full((128, 160, 3), 120, np.uint8)
    result = source.copy()
    result[20:60, 30:80] = (250, 0, 0)
    x, y, side = square_about(change(source, result))
    assert x <= 30 and x + side >= 80 and y <= 20 and y + side >= 60 and side < 80
    speck = result.copy()
    speck[120:123, 150:153] = 0
    assert square_about(change(source, speck))[2] == pytest.approx(side, abs=4)
    before, after = crops(source, result)
    assert before.shape == after.shape == (3, SIZE, SIZE) and after[0].max() > 240 > before.max()
    assert square_about(np.zeros((128, 160), np.float32)) == (0, -16, 160)


def test_vocabulary_asks_no_more_than_was_taught(tmp_path):
    seen = {"kind": "place", "things": ["fish"], "anchor": "left", "colour": "red", "family": "noto"}
    metas = [seen] * 3 + [seen | {"things": ["rose"], "anchor": "above"}] + [{"kind": "outline", "things": ["outline"], "colour": "blue"}] * 5
    path = tmp_path / "vocabulary.json"
    path.write_text(to_text(record(metas, least=2)))
    words = load_vocabulary(path)
    assert list(words.things) == ["fish"] and words.families == {"noto"} and words.kinds == {"outline": 5, "place": 4}
    assert words.knows(seen)
    assert not words.knows(seen | {"anchor": "right"}) and not words.knows(seen | {"colour": "green"})
    with pytest.raises(EvaluationError, match="is missing"):
        load_vocabulary(tmp_path / "none.json")


def test_committed_vocabulary_is_readable():
    from thing_classifier import VOCABULARY

    words = load_vocabulary(VOCABULARY)
    assert len(words.things) >= 50 and all(taught.kinds and taught.anchors for taught in words.things.values())


def test_augmentation_of_things_keeps_pictures():
    from thing_classifier import fade_colour, warp

    rng = lambda: torch.Generator().manual_seed(3)
    source, result = torch.rand(2, 4, 3, SIZE, SIZE, generator=rng())
    moved = warp(source, result, rng())
    assert all(torch.equal(a, b) for a, b in zip(moved, warp(source, result, rng()))) and not torch.equal(moved[1], result)
    same = warp(source, source, rng())
    assert torch.equal(*same)  # what did not change does not change by bending the picture
    assert all(-1e-6 <= x.min() and x.max() <= 1 + 1e-6 for x in (*moved, *fade_colour(source, result, rng())))
