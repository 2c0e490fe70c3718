"""The transformer with its condition apart: what it caches, what it ignores, and where its tokens are."""

import math

import pytest
import torch

from nano.conditioned import (
    FREQUENCIES, LAYOUT_SRC, PLACE_CHANNELS, SLOTS, ConditionedConfig, ConditionedFlux, crop_ids, drawing_config, initialise,
    layout_config, place_features, slot_ids,
)  # fmt: skip
from nets import COMPONENTS, filled, tiny_drawing, tiny_layout

BATCH, ROWS, COLUMNS, LENGTH = 2, 4, 5, 6


def draw(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def model():
    return tiny_drawing()


def inputs(length=LENGTH):
    tokens = ROWS * COLUMNS
    return dict(
        noisy=draw(BATCH, tokens, COMPONENTS), src=draw(BATCH, tokens, 80, seed=1), txt=draw(BATCH, length, 384, seed=2),
        pooled=draw(BATCH, 384, seed=3), txt_mask=torch.ones(BATCH, length, dtype=torch.bool), place=draw(BATCH, tokens, PLACE_CHANNELS, seed=4),
    )  # fmt: skip


def call(model, given, timestep):
    rope = model.rope(crop_ids(ROWS, COLUMNS))
    with torch.no_grad():
        return model(given["noisy"], timestep, given["src"], given["txt"], given["pooled"], given["txt_mask"], rope, rope, given["place"])[0]


def test_a_cached_condition_gives_what_a_new_one_gives_at_every_noise_level(model):
    given, rope = inputs(), model.rope(crop_ids(ROWS, COLUMNS))
    with torch.no_grad():
        condition = model.condition(given["src"], given["txt"], given["pooled"], given["txt_mask"], rope, given["place"])
        answers = []
        for level in (1.0, 0.4):
            timestep = torch.full((BATCH,), level)
            cached = model.predict(given["noisy"], timestep, condition, rope, given["place"])
            torch.testing.assert_close(cached, call(model, given, timestep))
            answers.append(cached)
    assert (answers[0] - answers[1]).abs().max() > 1e-2  # the call itself does depend on the level


def test_repeated_conditions_are_those_of_repeated_inputs(model):
    given, rope = inputs(), model.rope(crop_ids(ROWS, COLUMNS))
    order = [0, 0, 1, 1]
    with torch.no_grad():
        one = model.condition(given["src"], given["txt"], given["pooled"], given["txt_mask"], rope, given["place"]).repeat(2)
        again = {name: value[order] for name, value in given.items()}
        two = model.condition(again["src"], again["txt"], again["pooled"], again["txt_mask"], rope, again["place"])
    for ours, theirs in zip([*one.keys, *one.values, one.pooled], [*two.keys, *two.values, two.pooled]):
        torch.testing.assert_close(ours, theirs)


def test_padded_text_changes_nothing(model):
    given, level = inputs(), torch.full((BATCH,), 0.7)
    padded = given | {
        "txt": torch.cat((given["txt"], draw(BATCH, 3, 384, seed=9)), 1),
        "txt_mask": torch.arange(LENGTH + 3)[None].expand(BATCH, -1) < LENGTH,
    }
    torch.testing.assert_close(call(model, padded, level), call(model, given, level), rtol=1e-4, atol=1e-5)
    heard = padded | {"txt_mask": torch.ones(BATCH, LENGTH + 3, dtype=torch.bool)}
    assert (call(model, heard, level) - call(model, given, level)).abs().max() > 1e-3


def test_photo_text_and_place_are_all_heard(model):
    given, level = inputs(), torch.ones(BATCH)
    plain = call(model, given, level)
    for name in ("src", "txt", "pooled", "place"):
        assert (call(model, given | {name: given[name] + 1}, level) - plain).abs().max() > 1e-3, name


def test_an_untrained_network_answers_zero_and_takes_gradients():
    model = ConditionedFlux(drawing_config(64, 1, 1, COMPONENTS))
    initialise(model, torch.Generator().manual_seed(0))
    answer = call(model, inputs(), torch.ones(BATCH))
    assert answer.shape == (BATCH, ROWS * COLUMNS, COMPONENTS) and not answer.any()


def test_the_layouts_slots_have_ids_apart_and_texts_offer_keys():
    model = tiny_layout()
    ids = slot_ids()
    assert ids[:, 0].tolist() == list(range(1, SLOTS + 1)) and not ids[:, 1:].any()
    txt, mask = draw(1, LENGTH, 384), torch.ones(1, LENGTH, dtype=torch.bool)
    src_rope = model.rope(crop_ids(12, 12))
    answer, keys = model(draw(1, SLOTS, 5), torch.ones(1), draw(1, 144, LAYOUT_SRC), txt, draw(1, 384), mask, model.rope(ids), src_rope)
    assert answer.shape == (1, SLOTS, 5 + 4 + 32) and keys.shape == (1, LENGTH, 32)


def test_configs_survive_json():
    for config in (drawing_config(192, 2, 6, 256), layout_config()):
        assert ConditionedConfig.from_json(config.to_json()) == config
        assert filled(ConditionedConfig.from_json({**config.to_json(), "depth": 0, "depth_single_blocks": 1})) is not None


def test_a_windows_features_and_ids_are_slices_of_the_whole_grids():
    rows, columns, top, left = 12, 16, 3, 5
    whole_ids = crop_ids(rows, columns).reshape(rows, columns, 3)
    assert torch.equal(crop_ids(8, 8, top, left).reshape(8, 8, 3), whole_ids[top : top + 8, left : left + 8])
    # a window's corner is the grid's, moved by whole tokens: v, u, overlap and size are told the same
    box, kind = torch.tensor([[0.25, 1.25, 0.5, 1.75]]), torch.tensor([3])
    whole = place_features(box, kind, rows, columns).reshape(rows, columns, PLACE_CHANNELS)
    moved = box - torch.tensor([[top, top, left, left]]) / 8
    window = place_features(moved, kind, 8, 8).reshape(8, 8, PLACE_CHANNELS)
    torch.testing.assert_close(window, whole[top : top + 8, left : left + 8], rtol=1e-4, atol=1e-4)


def test_place_features_by_hand():
    features = place_features(torch.tensor([[0.0, 0.5, 0.0625, 1.0]]), torch.tensor([1]))[0].reshape(8, 8, PLACE_CHANNELS)
    first, below = features[0, 0], features[4, 2]
    assert first[0] == 0.5 and below[0] == 0  # half of the first token lies in the box, which ends above the fifth row
    v = 0.0625 / 0.5
    assert first[1] == v and first[2:4].tolist() == pytest.approx([math.sin(math.pi * v), math.cos(math.pi * v)])
    assert below[1] == pytest.approx((4.5 / 8) / 0.5) and len(FREQUENCIES) == 5
    assert first[23:25].tolist() == pytest.approx([math.log(0.5), math.log(0.9375)])
    assert first[25:].tolist() == [0, 1, 0, 0]
