"""Nano's networks: what a condition caches, where tokens are, boxes as slots, the codec."""

import math

import numpy as np
import pytest
import torch
from doubles import COMPONENTS, FakeEncoder, filled, seeded, tiny_codec, tiny_drawing, tiny_layout

from model.codec import Codec, basis, cut, matte_tokens, patches, unpatched, whole_grid
from model.conditioned import (
    ANCHORS,
    KINDS,
    LAYOUT_SRC,
    PLACE_CHANNELS,
    SLOTS,
    ConditionedConfig,
    ConditionedFlux,
    crop_ids,
    drawing_config,
    initialise,
    layout_config,
    place_features,
    slot_ids,
)  # fmt: skip
from model.heads import found_head, look_nearer, told_head
from model.settle import ground, is_at_anchor, settled
from model.slots import (
    Box,
    Sampled,
    SlotTargets,
    apart,
    encode_slots,
    in_order,
    pointed_at,
    pointer_targets,
    read_boxes,
    sample_slots,
    sigmas,
    slot_loss,
)
from train.caches import LayoutBatch
from train.layout import stepper

BATCH, ROWS, COLUMNS, LENGTH = 2, 4, 5, 6
TOKENS = ROWS * COLUMNS


@pytest.fixture(scope="module")
def model():
    return tiny_drawing()


@pytest.fixture
def given():
    return dict(
        noisy=seeded(BATCH, TOKENS, COMPONENTS), src=seeded(BATCH, TOKENS, 80, seed=1),
        txt=seeded(BATCH, LENGTH, 384, seed=2), pooled=seeded(BATCH, 384, seed=3),
        txt_mask=torch.ones(BATCH, LENGTH, dtype=torch.bool), place=seeded(BATCH, TOKENS, PLACE_CHANNELS, seed=4),
    )  # fmt: skip


@torch.no_grad()
def call(model, given, level=1.0):
    rope, told = model.rope(crop_ids(ROWS, COLUMNS)), [given[name] for name in ("src", "txt", "pooled", "txt_mask")]
    return model(given["noisy"], torch.full((BATCH,), level), *told, rope, rope, given["place"])[0]


@torch.no_grad()
def test_a_cached_condition_gives_what_a_new_one_gives_at_every_noise_level(model, given):
    rope, told = model.rope(crop_ids(ROWS, COLUMNS)), [given[name] for name in ("src", "txt", "pooled", "txt_mask")]
    condition = model.condition(*told, rope, given["place"])
    predict = lambda level: model.predict(given["noisy"], torch.full((BATCH,), level), condition, rope, given["place"])
    for level in (1.0, 0.4):
        torch.testing.assert_close(predict(level), call(model, given, level))
    assert (predict(1.0) - predict(0.4)).abs().max() > 1e-2  # the call itself does depend on the level


@torch.no_grad()
def test_noise_levels_may_share_a_pairs_condition(model, given):
    """As one call with everything repeated, and as the layout's trainer asks."""
    rope, each = model.rope(crop_ids(ROWS, COLUMNS)), lambda x: x.repeat_interleave(3, 0)
    told = [given[name] for name in ("src", "txt", "pooled", "txt_mask")]
    noisy, levels = seeded(3 * BATCH, TOKENS, COMPONENTS), torch.linspace(0.1, 1, 3 * BATCH)
    shared = model.condition(*told, rope, given["place"]).repeat(3)
    answer = model.predict(noisy, levels, shared, rope, each(given["place"]))
    repeated = model(noisy, levels, *map(each, told), rope, rope, each(given["place"]))[0]
    torch.testing.assert_close(answer, repeated, rtol=1e-4, atol=1e-5)

    layout = tiny_layout()
    texts = [torch.rand(2, 144, LAYOUT_SRC), torch.rand(2, LENGTH, 384), torch.rand(2, 384)]
    kinds, pointers = torch.zeros(2, SLOTS, dtype=torch.long), torch.ones(2, SLOTS, LENGTH, dtype=torch.bool)
    target = SlotTargets(torch.rand(2, SLOTS, 5), kinds, kinds, pointers, torch.ones(2, LENGTH, dtype=torch.bool))
    batch = LayoutBatch(*texts, target, [[], []], [[], []])
    step = stepper(layout, np.random.default_rng(0), torch.Generator().manual_seed(0), 4)
    loss, samples = step(batch, layout)
    assert torch.isfinite(loss) and samples == 2


def test_padded_text_changes_nothing_and_all_else_is_heard(model, given):
    plain, more = call(model, given), torch.cat((given["txt"], seeded(BATCH, 3, 384, seed=9)), 1)
    mask = torch.arange(LENGTH + 3)[None].expand(BATCH, -1) < LENGTH
    padded = given | {"txt": more, "txt_mask": mask}
    torch.testing.assert_close(call(model, padded), plain, rtol=1e-4, atol=1e-5)
    heard = padded | {"txt_mask": torch.ones_like(mask)}
    for other in (heard, *(given | {name: given[name] + 1} for name in ("src", "txt", "pooled", "place"))):
        assert (call(model, other) - plain).abs().max() > 1e-3


def test_an_untrained_network_answers_zero(given):
    model = ConditionedFlux(drawing_config(64, 1, 1, COMPONENTS))
    initialise(model, torch.Generator().manual_seed(0))
    answer = call(model, given)
    assert answer.shape == (BATCH, TOKENS, COMPONENTS) and not answer.any()


def test_the_layouts_slots_have_ids_apart_and_texts_offer_keys():
    model, ids = tiny_layout(), slot_ids()
    assert ids[:, 0].tolist() == list(range(1, SLOTS + 1)) and not ids[:, 1:].any()
    told = seeded(1, 144, LAYOUT_SRC), seeded(1, LENGTH, 384), seeded(1, 384), torch.ones(1, LENGTH, dtype=torch.bool)
    answer, keys = model(seeded(1, SLOTS, 5), torch.ones(1), *told, model.rope(ids), model.rope(crop_ids(12, 12)))
    assert answer.shape == (1, SLOTS, 5 + 4 + 32 + 21) and keys.shape == (1, LENGTH, 32)


@pytest.mark.parametrize("config", [drawing_config(192, 2, 6, 256), layout_config()])
def test_configs_survive_json(config):
    assert ConditionedConfig.from_json(config.to_json()) == config
    assert filled(ConditionedConfig.from_json({**config.to_json(), "depth": 0, "depth_single_blocks": 1})) is not None


def test_a_windows_features_and_ids_are_slices_of_the_whole_grids():
    rows, columns, top, left = 12, 16, 3, 5
    window = slice(top, top + 8), slice(left, left + 8)
    ids = crop_ids(rows, columns).reshape(rows, columns, 3)
    assert torch.equal(crop_ids(8, 8, top, left).reshape(8, 8, 3), ids[window])
    # a window's corner is the grid's, moved by whole tokens: v, u, overlap and size are told the same
    box, kind = torch.tensor([[0.25, 1.25, 0.5, 1.75]]), torch.tensor([3])
    whole = place_features(box, kind, rows, columns).reshape(rows, columns, PLACE_CHANNELS)
    moved = place_features(box - torch.tensor([[top, top, left, left]]) / 8, kind, 8, 8).reshape(8, 8, PLACE_CHANNELS)
    torch.testing.assert_close(moved, whole[window], rtol=1e-4, atol=1e-4)


def test_place_features_by_hand():
    features = place_features(torch.tensor([[0.0, 0.5, 0.0625, 1.0]]), torch.tensor([1]))[0]
    features = features.reshape(8, 8, PLACE_CHANNELS)
    first, below, v = features[0, 0], features[4, 2], 0.0625 / 0.5
    assert first[0] == 0.5 and below[0] == 0  # half of the first token lies in the box, which ends above the fifth row
    assert first[1] == v and first[2:4].tolist() == pytest.approx([math.sin(math.pi * v), math.cos(math.pi * v)])
    assert below[1] == pytest.approx((4.5 / 8) / 0.5)
    assert first[23:25].tolist() == pytest.approx([math.log(0.5), math.log(0.9375)])
    assert first[25:].tolist() == [0, 1, 0, 0]


BOXES = [
    Box(0.8, 0.3, 0.2, 0.4, "front", (15, 24), "right"), Box(0.5, 0.5, 1.4, 0.09, "behind", (4, 11)),
    Box(0.2, 0.3, 0.2, 0.4, "both", (15, 24)),
]  # fmt: skip
TEXT = "add a crown and two stars"
OFFSETS = FakeEncoder().offsets(TEXT)


def logits_of(boxes):
    """Of kinds, anchors and pointers."""
    kinds, anchors = torch.full((SLOTS, len(KINDS)), -5.0), torch.full((SLOTS, len(ANCHORS)), -5.0)
    for row, box in enumerate(boxes):
        kinds[row, KINDS.index(box.kind)] = anchors[row, ANCHORS.index(box.anchor)] = 5
    return kinds, anchors, torch.from_numpy(pointer_targets(boxes, OFFSETS)).float() * 2 - 1


def test_boxes_come_back_from_their_slots():
    ordered = in_order(BOXES)
    assert [box.cx for box in ordered] == [0.5, 0.2, 0.8]  # first word, then left to right
    slots = encode_slots(ordered)
    assert slots.shape == (SLOTS, 5) and slots.dtype == np.float32 and (slots[3:] == (-1, 0, 0, 0, 0)).all()
    kinds, anchors, pointers = logits_of(ordered)
    assert (pointers[0] > 0).tolist() == [False, False, True, True] + 4 * [False] and not (pointers[3:] > 0).any()
    found = read_boxes(
        Sampled(*(part[None] for part in (torch.from_numpy(slots), kinds, anchors, pointers))), 0, OFFSETS
    )
    for ours, theirs in zip(found, ordered, strict=True):
        assert ours[:4] == pytest.approx(theirs[:4], abs=1e-6) and (ours.kind, ours.anchor) == (
            theirs.kind,
            theirs.anchor,
        )
    assert [TEXT[slice(*box.words)] for box in found] == ["a crown", "two stars", "two stars"]  # whole wordpieces


def test_too_many_boxes_and_a_slot_without_words_or_size():
    many = [Box(i / 40, 0.5, 0.01 + i / 100, 0.1, "front", (0, 3)) for i in range(20)]
    assert [round(40 * box.cx) for box in in_order(many)] == list(range(4, 20))  # the largest stay
    slots = torch.from_numpy(encode_slots([Box(0.5, 0.5, 0.0, 0.0, "front", (0, 0))]))[None]
    logits = torch.zeros(1, SLOTS, len(KINDS)), torch.zeros(1, SLOTS, len(ANCHORS)), torch.full((1, SLOTS, 8), -1.0)
    box = read_boxes(Sampled(slots, *logits), 0, OFFSETS)[0]
    assert box.words == (0, 0) and 0 < box.w < 0.01


def test_words_of_one_thing_where_two_are_pointed_at():
    offsets = [(0, 0), (0, 3), (4, 7), (8, 12), (0, 0)]
    assert pointed_at([9, 1, -1, 2, 9], offsets) == (0, 12)
    assert pointed_at([9, 3, -20, 6, 9], offsets) == (8, 12)
    assert pointed_at([9, 6, -20, 3, 9], offsets) == (0, 3)


def test_the_true_answer_costs_next_to_nothing():
    ordered = in_order(BOXES)
    kinds, anchors, pointers = logits_of(ordered)
    codes = [torch.tensor([[*map(names.index, own), *[0] * (SLOTS - 3)]]) for names, own in (
        (KINDS, [box.kind for box in ordered]), (ANCHORS, [box.anchor for box in ordered]),
    )]  # fmt: skip
    real = torch.ones(1, 8, dtype=torch.bool)
    target = SlotTargets(torch.from_numpy(encode_slots(ordered))[None], *codes, pointers[None] > 0, real)
    keys, queries = torch.zeros(1, 8, 32), torch.zeros(1, SLOTS, 32)
    keys[0, :, :8], queries[0, :, :8] = torch.eye(8) * 60, pointers
    answer = lambda box=0.0, kind=1, query=1, anchor=1: torch.cat(
        (target.slots + box, kind * kinds[None], query * queries, anchor * anchors[None]), -1
    )
    assert slot_loss(answer(), keys, target) < 1e-3
    for wrong in (answer(0.3), answer(kind=-1), answer(query=-1), answer(anchor=-1)):
        assert slot_loss(wrong, keys, target) > 0.05
    empty = answer()
    empty[:, 3:, 5:] = 7  # kinds and words of empty slots do not matter
    assert slot_loss(empty, keys, target) < 1e-3


def test_sampling_is_deterministic_in_its_noise():
    model, mask = tiny_layout(), torch.ones(2, 8, dtype=torch.bool)
    given = seeded(2, 144, LAYOUT_SRC), seeded(2, 8, 384), seeded(2, 384), mask, seeded(2, SLOTS, 5)
    sampled = sample_slots(model, *given, steps=3)
    assert [tuple(part.shape) for part in sampled] == [(2, SLOTS, n) for n in (5, len(KINDS), len(ANCHORS), 8)]
    assert torch.equal(sample_slots(model, *given, steps=3).slots, sampled.slots)
    levels = sigmas(12, 2.0)
    assert levels == sorted(levels, reverse=True) and levels[::6] == pytest.approx([1, 2 / 3, 0])


def test_patches_come_back_and_mattes_are_area_means():
    pixels = torch.arange(2 * 64 * 96 * 5, dtype=torch.float32).reshape(2, 64, 96, 5)
    tokens = patches(pixels, 32)
    assert tokens.shape == (2, 6, 5120) and torch.equal(unpatched(tokens, 32, 2, 3), pixels)
    assert tokens[0, 4, (3 * 32 + 7) * 5 + 2] == pixels[0, 32 + 3, 32 + 7, 2]  # row, column, channel
    matte = torch.zeros(1, 16, 16)
    matte[:, :2, 4:8] = 1
    cells = matte_tokens(matte, 2, 2)
    assert cells.shape == (1, 4, 16) and cells[0, 0].tolist() == [0, 0, 1, 1] + 12 * [0] and not cells[0, 1:].any()


def test_a_complete_basis_loses_nothing_and_a_smaller_one_keeps_what_matters_most():
    rng = torch.Generator().manual_seed(0)
    spectrum, directions = torch.logspace(0, -1.3, 24), torch.randn(24, 60, generator=rng)
    samples = torch.randn(400, 24, generator=rng) * spectrum @ directions * 0.02
    psnr = lambda encode, decode: float(-10 * torch.log10((samples @ encode @ decode - samples).square().mean()))
    complete, half = basis(samples, 24), basis(samples, 12)
    assert psnr(*complete) > 90 and 15 < psnr(*half) < psnr(*complete) - 20
    energy = (samples @ complete[0]).square().mean(0)  # about one unit, the first component no less than the last
    assert energy.mean().item() == pytest.approx(1, rel=1e-3) and energy[0] > energy[-1]


def test_a_codec_file_comes_back(tmp_path):
    codec = tiny_codec()
    codec.save(tmp_path / "codec.safetensors")
    again, layer = Codec.load(tmp_path / "codec.safetensors"), torch.zeros(1, 64, 64, 5)
    layer[0, :32, :32] = torch.rand(32, 32, 5)
    tokens = again.layer_tokens(layer)
    assert torch.equal(tokens, codec.layer_tokens(layer)) and not tokens[0, 1:].any()
    assert again.components == COMPONENTS and again.layer(torch.zeros(1, 6, COMPONENTS), 2, 3).shape == (1, 64, 96, 5)
    with pytest.raises(SystemExit, match="run.py codec"):
        Codec.load(tmp_path / "other.safetensors")


def test_a_cut_repeats_edges_and_keeps_places():
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[10:20, 20:40] = 255
    assert np.array_equal(cut(picture, (0.0, 0.0, 60.0, 40.0), (60, 40)), picture)
    large = cut(picture, (20.0, 10.0, 40.0, 20.0), (80, 40))
    assert large.shape == (40, 80, 3) and (large[4:-4, 4:-4] == 255).all()
    assert (cut(np.full((8, 8), 0.5, np.float32), (-20.0, -20.0, 20.0, 20.0), (16, 16)) == 0.5).all()
    assert whole_grid(300, 400) == (12, 16) and whole_grid(100, 1000) == (4, 16)


def test_copies_are_moved_apart_and_nothing_else():
    heart = lambda cx, cy, words=(6, 12), kind="front": Box(cx, cy, 0.2, 0.2, kind, words)
    moved = apart([heart(0.5, 0.5), heart(0.6, 0.52)])
    assert [round(box.cx, 6) for box in moved] == [0.46, 0.64] and [box.cy for box in moved] == [0.5, 0.52]
    edge = apart([heart(0.1, 0.5), heart(0.15, 0.5)])
    assert edge[0].cx == 0.1 and edge[1].cx > 0.24
    for boxes in ([heart(0.5, 0.5), heart(0.66, 0.5)], [heart(0.5, 0.5), heart(0.55, 0.5, (0, 5))]):
        assert apart(boxes) == boxes
    assert apart([]) == []


def standing(top=0.3, left=0.4, right=0.6):
    """A matte of 2:1 with somebody who stands on its lower edge."""
    matte = np.zeros((96, 192), np.float32)
    matte[round(96 * top) :, round(192 * left) : round(192 * right)] = 1
    return matte


def test_boxes_are_settled_by_what_is_free():
    scene = ground(standing(), 2.0)
    assert (scene.height, scene.width) == (68, 136)  # 96 pixels along the unit length, whatever the matte's size
    box = lambda anchor, w=0.1, h=0.2: Box(0.5, 0.5, w, h, "behind", (0, 3), anchor)
    put = lambda *given: settled([box(*given)], scene)[0]
    beside, right = put("beside_left"), put("right")
    assert beside.cx == pytest.approx(0.35, abs=0.02) and beside.cy == pytest.approx(0.9, abs=0.02)
    assert right.cx == pytest.approx(0.65, abs=0.02) and right.cy == pytest.approx(0.54, abs=0.02)
    assert put("above").cy == pytest.approx(0.3 - 0.112, abs=0.01) and put("above").cx == pytest.approx(0.5, abs=0.01)
    corner = put("top_left")
    assert (corner.cx * scene.width, corner.cy * scene.height) == pytest.approx((2.88 + 6.8, 2.88 + 6.8), abs=0.5)
    for same in (box("free"), box("around")):
        assert settled([same], scene) == [same]
    # Too wide for the place beside them: it shrinks until there is room.
    wide = put("beside_left", 0.45, 0.3)
    assert wide.w < 0.45 and wide.h / wide.w == pytest.approx(0.3 / 0.45) and wide.cx + wide.w / 2 < 0.43
    assert settled([box("beside_left", 0.9, 0.9)], scene)[0].cx == 0.5  # no room at all: as the network had it
    elsewhere = box("beside_left")._replace(cx=0.85)  # nothing is put on what is there already
    assert settled([box("beside_left"), elsewhere], scene) == [beside, elsewhere]
    assert is_at_anchor(beside, "beside_left", scene) and not is_at_anchor(beside, "right", scene)


@pytest.mark.parametrize(
    ("anchor", "places"),
    [
        ("around", [(0.595, 0.272), (0.654, 0.795), (0.346, 0.795), (0.405, 0.272)]),
        ("sky", [(0.125, 0.13), (0.375, 0.21), (0.625, 0.13), (0.875, 0.21)]),
        ("bottom", [(0.167, 0.9), (0.5, 0.92), (0.833, 0.9)]),
        (
            "scatter",
            [
                (0.05, 0.167),
                (0.45, 0.167),
                (0.65, 0.167),
                (0.15, 0.5),
                (0.75, 0.5),
                (0.05, 0.833),
                (0.25, 0.833),
                (0.85, 0.833),
            ],
        ),
    ],
)
def test_copies_make_a_ring_a_row_or_a_lattice(anchor, places):
    size = (0.12, 0.2) if anchor == "around" else (0.1, 0.2)
    boxes = len(places) * [Box(0.5, 0.5, *size, "behind", (0, 3), anchor)]
    found = settled(boxes, ground(standing(0.302, 0.401, 0.599), 2.0))
    assert [(box.cx, box.cy) for box in found] == [pytest.approx(place, abs=0.01) for place in places]


HEAD = (0.45, 0.32, 0.55, 0.5, 0.51, 0.35)


def test_what_is_worn_is_put_on_the_head():
    scene = ground(standing(), 2.0, told_head(HEAD).numpy())
    assert scene.head.box == pytest.approx((61.2, 21.76, 74.8, 34), abs=0.01)
    worn = lambda anchor, cy, w=0.1: settled([Box(0.2, cy, w, w, "front", (0, 3), anchor)], scene)[0]
    for cy, lower in ((0.1, 0.35 + 0.12 * 0.18), (0.335, 0.385), (0.9, 0.35 + 0.24 * 0.18)):
        hat = worn("head", cy)
        assert (hat.cx, hat.cy + hat.h / 2) == pytest.approx((0.51, lower), abs=1e-4)
    assert [worn("head", 0.1, w).w for w in (0.02, 0.12, 0.4)] == pytest.approx([0.05, 0.12, 0.175], abs=1e-4)
    halo = worn("halo", 0.9)
    assert halo.cy + halo.h / 2 == pytest.approx(0.32 - 0.06 * 0.18, abs=1e-4)
    # What flies above or stands on somebody has the head's top and middle.
    above = settled([Box(0.2, 0.5, 0.1, 0.2, "front", (0, 3), "above")], scene)[0]
    assert (above.cx, above.cy) == pytest.approx((0.51, 0.32 - 0.112), abs=0.01)
    # Nobody knows where it is, where cells do not agree.
    cells = told_head(HEAD)
    cells[::2, 1:] += torch.tensor([6.0, 0, 6, 0, 6, 0])
    assert ground(standing(), 2.0, cells.numpy()).head is None


def test_a_small_head_is_looked_at_nearer():
    photo, nobody = np.zeros((200, 400, 3), np.uint8), np.zeros((8, 8), np.float32)
    cells, seen = told_head((0.1, 0.3, 0.15, 0.42, 0.125, 0.31)).numpy(), []

    def look(part):
        seen.append(part.shape)
        return nobody, None, told_head((0.5, 0.5, 0.7, 0.75, 0.6, 0.55)).numpy()

    head = found_head(look_nearer(photo, nobody, cells, look), nobody, (400, 200))
    side = int(3.5 * (20 * 24) ** 0.5)
    x, y = int(50 - side / 2), int(72 - side / 2)
    assert seen == [(side, side, 3)]
    assert head.crown == pytest.approx((x + 0.6 * side, y + 0.55 * side), abs=1.01)
    large = told_head((0.2, 0.1, 0.7, 0.9, 0.4, 0.2)).numpy()
    assert look_nearer(photo[:, :210], nobody, large, look) is large and len(seen) == 1


def test_behind_somebody_the_size_is_theirs_too():
    scene = ground(standing(), 2.0)
    put = lambda anchor, w, h: settled([Box(0.2, 0.5, w, h, "behind", (0, 3), anchor)], scene)[0]
    for w in (0.1, 0.6):
        star = put("behind", w, 2 * w)
        assert (star.w * scene.width, star.cx) == pytest.approx((0.4 * scene.scale, 0.5), abs=0.01)
    wings = put("back", 0.5, 0.4)
    assert wings[:1] + wings[2:4] == pytest.approx((0.5, 0.5, 0.4))
    assert wings.cy == pytest.approx(0.3 + 0.36 * 0.7, abs=0.01)


def test_without_a_subject_only_corners_are_settled():
    scene = ground(np.zeros((48, 48), np.float32), 1.0)
    box = Box(0.5, 0.5, 0.1, 0.2, "behind", (0, 3), "beside_left")
    assert settled([box], scene) == [box]
    assert settled([box._replace(anchor="bottom_right")], scene)[0].cx == pytest.approx(0.92, abs=0.01)
