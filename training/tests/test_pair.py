"""Elements: complete layers, their crops, and what is seen of them."""

from dataclasses import replace

import numpy as np
import pytest

from data.pair import Element, Layer, Pair, composite, element_at, pictured, resample, shown

PHOTO = np.full((60, 80, 3), 100, np.uint8)


def square(front: float, x: int = 20, y: int = 20, side: int = 20) -> Element:
    picture = np.dstack([np.full((side, side, 3), 200.0, np.float32), np.ones((side, side), np.float32)])
    return replace(pictured(picture, front, x + side / 2, y + side / 2, "square", None, "left"), words=(4, 9))


def pair(element: Element, matte: float) -> Pair:
    return Pair(PHOTO, np.full((60, 80), matte, np.float32), [element], "add \x61 red square")


@pytest.mark.parametrize(("front", "kind"), [(1.0, "front"), (0.0, "behind"), (0.5, "both")])
def test_kind_and_box_follow_the_paint(front, kind):
    element = square(front)
    assert element.kind == kind and element.box == (20, 20, 40, 40) and element.layer.shape == (20, 20, 5)


@pytest.mark.parametrize(
    ("front", "matte", "seen"), [(1.0, 1.0, 1.0), (0.0, 1.0, 0.0), (0.0, 0.25, 0.75), (0.5, 1.0, 0.5)]
)
def test_what_is_seen_of_an_element(front, matte, seen):
    made = pair(square(front), matte)
    colour, alpha = shown(made)
    assert alpha[30, 30] == pytest.approx(seen, abs=1e-5)
    assert colour[30, 30, 0] == pytest.approx(seen * 200 / 255, abs=1e-4)
    assert composite(made)[30, 30, 0] == round(100 + seen * 100)
    assert np.array_equal(composite(made)[:10], PHOTO[:10])


def test_layers_go_on_beyond_the_photo():
    element = square(1.0, x=-8)
    assert element.x == -8 and element.box[0] == -8 and element.layer[..., 3].sum() == 400
    assert shown(pair(element, 0.0))[1].sum() == pytest.approx(240)


def test_a_crop_holds_what_lies_in_its_box():
    element = square(1.0)
    assert element.crop((20, 20, 40, 40), 40, 40)[2:-2, 2:-2, 3].min() == pytest.approx(1.0)
    around = element.crop((10, 10, 50, 50), 8, 8)
    assert around.shape == (8, 8, 5) and around[..., 3].sum() == pytest.approx(16, rel=0.02)
    assert around[:2].max() == pytest.approx(0, abs=0.02)


def test_resampling_averages_where_it_shrinks():
    stripes = np.zeros((64, 64, 5), np.float32)
    stripes[:, ::2] = 1.0
    small = resample(stripes, (0, 0, 64, 64), 8, 8)
    assert np.abs(small[1:-1, 1:-1] - 0.5).max() < 0.1


def test_paint_lies_over_paint_with_its_front():
    layer = Layer(60, 80)
    layer.fill((255, 0, 0), np.ones((60, 80), np.float32), front=0.0)
    layer.over(np.full((10, 10, 3), 255.0, np.float32), np.ones((10, 10), np.float32), 5, 5)
    element = layer.whole("both", "red", "around")
    assert element.kind == "whole" and element.layer[8, 8, 4] == 1
    assert element.layer[30, 30, 3:].tolist() == [1, 0]
    with pytest.raises(ValueError, match="empty"):
        element_at(Layer(4, 4).planes, 0, 0, "nothing", None, "left")
