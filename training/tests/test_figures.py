"""What the evaluation measures: known answers by hand, the ends of the scale, and what chance gives."""

import cv2
import numpy as np
import pytest
import torch

from data.colours import PALETTE
from data.marks import Head
from evaluate import figures
from evaluate.figures import Resampling, edge_width, extent, is_worn
from judges import things
from judges.network import SIZE, JudgeError, augment, change, changed, crops, load_judge, square_about
from judges.things import fade_colour, warp
from model.slots import Box, boxes_iou

TRUE = [Box(0.2, 0.2, 0.2, 0.2, "front", (0, 0)), Box(0.7, 0.7, 0.2, 0.2, "front", (0, 0))]


def test_place_counts_by_hand():
    one, two = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    one[:2], two[1:3] = True, True
    assert figures.place(one, two) == pytest.approx(1 / 3)
    assert figures.place(one, one) == 1 and figures.place(one & False, two & False) == 0


def test_colours_are_named_in_light_and_shade():
    mask, picture = np.ones((8, 8), bool), np.empty((8, 8, 3), np.uint8)
    for name, rgb in PALETTE.items():
        picture[:5], picture[5:] = rgb, np.array(rgb) * 0.8
        assert figures.colour(picture, mask) == name
    assert figures.colour(picture, ~mask) is None


def test_intervals_are_over_photos_and_macro_over_classes():
    classes, photos, apart = ["a"] * 30 + ["b"] * 10, [f"{i % 8}" for i in range(40)], [str(i) for i in range(40)]
    values = [1.0] * 30 + [0.0] * 10
    figure = Resampling(classes, photos).figure(values, values)
    assert figure.value == 0.5 and figure.share == figure.share_low == figure.share_high == 1
    assert figure.low < 0.5 < figure.high
    each = Resampling(classes, apart).figure(values)
    assert each.high - each.low > 0.1
    rare = Resampling(classes, apart).figure([None] * 39 + [1.0])
    assert rare.low == rare.high == rare.value == 1  # resamples without the one picture say nothing
    assert Resampling(classes, photos).figure([None] * 40) is None
    assert Resampling(classes, photos).figure([None] * 30 + [0.25] * 10).value == 0.25
    # A share is over the pictures that have a ceiling.
    figure = Resampling(["a"] * 4, list("wxyz")).figure([1.0, 0.0, 1.0, 1.0], [1.0, 1.0, None, None])
    assert figure.value == 0.75 and figure.share == 0.5 and figure.pictures == 4
    assert Resampling(["a"] * 2, list("xy")).figure([1.0, 1.0], [None, None]).share is None


@pytest.mark.parametrize(
    ("found", "value"),
    [(TRUE[::-1], 1), ([TRUE[0]._replace(cx=0.3), TRUE[1]], (1 + 1 / 3) / 2), (TRUE[:1], 0.5), (TRUE[:1] * 2, 0.5),
     ([], 0)],
)  # fmt: skip
def test_boxes_are_matched_one_to_one(found, value):
    assert boxes_iou(found, TRUE) == pytest.approx(value)


def hat(x0, y0, x1, y1, strength=1.0):
    alpha = np.zeros((200, 200), np.float32)
    alpha[y0:y1, x0:x1] = strength
    return alpha


@pytest.mark.parametrize(
    ("box", "worn"),
    [((82, 50, 118, 90), True),
     ((82, 30, 118, 60), True),  # lower edge 0.4 heads above
     ((82, 20, 118, 50), False),  # floats
     ((82, 70, 118, 115), False),  # covers the face
     ((102, 50, 138, 90), False),  # half a head aside
     ((92, 70, 108, 90), False),  # too small
     ((20, 10, 180, 90), False),  # too wide
     ((0, 0, 0, 0), False)],
)  # fmt: skip
def test_a_hat_is_worn_where_it_sits_on_the_crown(box, worn):
    alpha = hat(*box)
    alpha[190:193, 10:14] = 0.5 * worn  # a speck of half a per cent
    assert is_worn(alpha, Head((80, 80, 120, 140), (100, 84))) == worn


def test_extent_is_between_percentiles():
    assert extent(hat(50, 100, 150, 200)) == pytest.approx((53, 103, 147, 197))
    assert extent(np.zeros((9, 9), np.float32)) is None


@pytest.mark.parametrize("sigma", [0.6, 1.2, 2.0])
def test_edge_width_is_the_blur_of_a_step_at_any_slant(sigma):
    y, x = np.mgrid[:160, :160].astype(np.float32)
    wide = edge_width(cv2.GaussianBlur((np.hypot(x - 80, y - 80) < 50).astype(np.float32), (0, 0), sigma))
    assert wide == pytest.approx(2.563 * np.hypot(sigma, 0.3), rel=0.15)  # a Gaussian rises so far in 2.563 sigma


def test_edges_that_are_faint_or_missing_are_none():
    assert edge_width(np.zeros((40, 40), np.float32)) is None
    assert edge_width(hat(50, 50, 150, 150, 0.5)) is None
    assert edge_width(hat(50, 50, 150, 150)) < 1.2


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


@pytest.mark.parametrize("change", [augment, warp, fade_colour])
def test_augmented_pictures_stay_pictures_and_repeat(change):
    rng = lambda seed=3: torch.Generator().manual_seed(seed)
    source, result = torch.rand(2, 4, 3, SIZE, SIZE, generator=rng(1))
    one, two = (change(source, result, rng()) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, two)) and not torch.equal(one[1], result)
    assert all(-1e-6 <= x.min() and x.max() <= 1 + 1e-6 for x in one)
    if change is warp:
        assert torch.equal(*warp(source, source, rng()))  # what did not change does not change by bending the picture


def test_changed_is_zero_where_nothing_was_drawn():
    source = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    result = source.clone()
    result[:, :, 8:20, 8:20] = 1 - result[:, :, 8:20, 8:20].round()
    alpha = changed(source, result)
    assert alpha[..., 10:18, 10:18].min() > 0.99 and alpha[..., :6, :].max() == 0 and alpha[..., 22:, :].max() == 0
    assert changed(source * 0.9, source * 0.9 + 5 / 255).max() == 0


def test_the_committed_judge_opens_and_a_missing_one_says_what_to_run(tmp_path):
    judge = load_judge(things.weights_of(60), "thing_judge")
    assert "crown" in judge.classes and judge.net.head.out_features == len(judge.classes)
    with pytest.raises(JudgeError, match="run.py thing_judge"):
        load_judge(tmp_path / "none.safetensors", "thing_judge")
