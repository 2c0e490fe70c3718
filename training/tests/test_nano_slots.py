"""Boxes as slots and back, pointers to words, sampling, and the layout's batches."""

import numpy as np
import pytest
import torch

from nano.conditioned import KINDS, LAYOUT_SRC, SLOTS
from nano.elements import Texts
from nano.layout_feed import LayoutCache
from nano.slots import Box, SlotTargets, encode_slots, in_order, pointer_targets, read_boxes, sample_slots, sigmas, slot_loss
from nets import FakeEncoder, tiny_layout

BOXES = [Box(0.8, 0.3, 0.2, 0.4, "front", (15, 24)), Box(0.5, 0.5, 1.4, 0.09, "behind", (4, 11)), Box(0.2, 0.3, 0.2, 0.4, "both", (15, 24))]
TEXT = "add a crown and two stars"
OFFSETS = FakeEncoder().offsets(TEXT)


def logits_of(boxes):
    kinds = torch.full((SLOTS, len(KINDS)), -5.0)
    for row, box in enumerate(boxes):
        kinds[row, KINDS.index(box.kind)] = 5
    return kinds, torch.from_numpy(pointer_targets(boxes, OFFSETS)).float() * 2 - 1


def test_boxes_come_back_from_their_slots():
    ordered = in_order(BOXES)
    assert [box.cx for box in ordered] == [0.5, 0.2, 0.8]  # first word, then left to right
    slots = encode_slots(ordered)
    assert slots.shape == (SLOTS, 5) and slots.dtype == np.float32 and (slots[3:] == (-1, 0, 0, 0, 0)).all()
    found = read_boxes(torch.from_numpy(slots), *logits_of(ordered), OFFSETS)
    assert len(found) == 3
    for ours, theirs in zip(found, ordered):
        assert ours[:4] == pytest.approx(theirs[:4], abs=1e-6) and ours.kind == theirs.kind
    # words are read at whole wordpieces
    assert [TEXT[slice(*box.words)] for box in found] == ["a crown", "two stars", "two stars"]


def test_the_largest_boxes_stay_where_there_are_too_many():
    many = [Box(i / 40, 0.5, 0.01 + i / 100, 0.1, "front", (0, 3)) for i in range(20)]
    assert [round(40 * box.cx) for box in in_order(many)] == list(range(4, 20))


def test_pointers_hit_the_pieces_that_overlap_the_words():
    wanted = pointer_targets([Box(0.5, 0.5, 0.1, 0.1, "front", (4, 11))], OFFSETS)
    assert wanted.shape == (SLOTS, 8) and wanted[0].tolist() == [False, False, True, True, False, False, False, False]
    assert not wanted[1:].any()


def test_a_slot_without_words_or_size_is_read_all_the_same():
    slots = torch.from_numpy(encode_slots([Box(0.5, 0.5, 0.0, 0.0, "front", (0, 0))]))
    box = read_boxes(slots, torch.zeros(SLOTS, 4), torch.full((SLOTS, 8), -1.0), OFFSETS)[0]
    assert box.words == (0, 0) and 0 < box.w < 0.01


def test_the_true_answer_costs_next_to_nothing():
    ordered = in_order(BOXES)
    kinds, pointers = logits_of(ordered)
    codes = torch.tensor([[KINDS.index(box.kind) for box in ordered] + [0] * (SLOTS - 3)])
    target = SlotTargets(torch.from_numpy(encode_slots(ordered))[None], codes, pointers[None] > 0, torch.ones(1, 8, dtype=torch.bool))
    keys = torch.zeros(1, 8, 32)
    keys[0, :, :8] = torch.eye(8) * 60
    queries = torch.zeros(1, SLOTS, 32)
    queries[0, :, :8] = pointers
    right = torch.cat((target.slots, kinds[None], queries), -1)
    assert slot_loss(right, keys, target) < 1e-3
    for wrong in (torch.cat((target.slots + 0.3, kinds[None], queries), -1), torch.cat((target.slots, -kinds[None], queries), -1),
                  torch.cat((target.slots, kinds[None], -queries), -1)):  # fmt: skip
        assert slot_loss(wrong, keys, target) > 0.05
    # kinds and words of empty slots do not matter
    empty = right.clone()
    empty[:, 3:, 5:] = 7
    assert slot_loss(empty, keys, target) < 1e-3


def test_sampling_is_deterministic_in_its_noise():
    model, length = tiny_layout(), 8
    rng = torch.Generator().manual_seed(0)
    src, txt, pooled = torch.randn(2, 144, LAYOUT_SRC, generator=rng), torch.randn(2, length, 384, generator=rng), torch.randn(2, 384, generator=rng)
    noise, mask = torch.randn(2, SLOTS, 5, generator=rng), torch.ones(2, length, dtype=torch.bool)
    slots, kinds, pointers = sample_slots(model, src, txt, pooled, mask, noise, steps=3)
    assert slots.shape == (2, SLOTS, 5) and kinds.shape == (2, SLOTS, 4) and pointers.shape == (2, SLOTS, length)
    assert torch.equal(sample_slots(model, src, txt, pooled, mask, noise, steps=3)[0], slots)
    levels = sigmas(12, 2.0)
    assert levels[0] == 1 and levels[-1] == 0 and levels == sorted(levels, reverse=True) and levels[6] == pytest.approx(2 / 3)


def shard(texts: list[str]) -> dict[str, np.ndarray]:
    count = len(texts)
    boxes, kinds, words = np.zeros((count, SLOTS, 4), np.float32), np.zeros((count, SLOTS), np.uint8), np.zeros((count, SLOTS, 2), np.int16)
    boxes[:, 0], boxes[:, 1] = (0.7, 0.5, 0.1, 0.1), (0.3, 0.5, 0.1, 0.1)
    kinds[:, 1], words[:, :2] = 1, (4, 8)
    return {
        "features": np.zeros((1, 144, 192), np.float16), "matte": np.full((1, 144, 16), 255, np.uint8), "aspect": np.array([2.0], np.float32),
        "view": np.zeros(count, np.int32), "text": np.array(texts), "count": np.full(count, 2, np.uint8),
        "boxes": boxes, "kinds": kinds, "words": words,
    }  # fmt: skip


def test_layout_batches_are_in_the_slots_order(tmp_path):
    np.savez(tmp_path / "a.npz", meta=np.array(["{}"] * 4), **shard(["add a hat", "add a dog", "add a cat", "add a very long scarf"]))
    cache = LayoutCache(tmp_path, Texts(FakeEncoder()))
    batch = cache.batch(3, np.random.default_rng(0))
    assert len(cache) == 4 and batch.src.shape == (3, 144, LAYOUT_SRC) and batch.target.slots.shape == (3, SLOTS, 5)
    assert [round(box.cx, 2) for box in batch.boxes[0]] == [0.3, 0.7] and batch.target.kinds[0, :2].tolist() == [1, 0]
    assert (batch.src[0, :, 192:208] == 1).all() and batch.src[0, 0, 208] == pytest.approx(np.log(2))
    assert batch.target.pointers[0, 0].any() and not batch.target.pointers[0, 2:].any()
    np.savez(tmp_path / "b.npz", meta=np.array(["{}"]), **shard(["add a bee"]))
    cache.refresh()
    assert len(cache) == 5
    with pytest.raises(SystemExit, match="cache_layout"):
        LayoutCache(tmp_path / "none", Texts(FakeEncoder()))
