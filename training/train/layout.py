"""Trains the layout transformer (configs/layout.toml) on cached pairs."""

from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from configs import options
from data.settings import work_dir
from model.conditioned import LAYOUT_GRID, ConditionedFlux, crop_ids, layout_config, slot_ids
from model.settle import ground, settled
from model.slots import SlotTargets, read_boxes, sample_slots, slot_loss, told_ground
from model.text import TextEncoder, Texts
from train.caches import LayoutBatch, LayoutCache
from train.hands import Hands, hands_with
from train.loop import Run, spread
from train.samples import Replay, noised

HELD_OUT, SIZE = 320, 40
FREE_TIMES = 3


def box_figures(model: ConditionedFlux, batches: list[LayoutBatch], seed: int = 1) -> dict[str, float]:
    """iou: of the union of sampled boxes and that of true ones (cells of 24 x 24), mean over pairs; unsettled: before
    rules; count: share of pairs with the right number; kind, words, anchors: of their boxes with the right ones."""
    noise, (raw, ious, count, kinds, words, anchors) = torch.Generator().manual_seed(seed), ([] for _ in range(6))
    for b in batches:
        fresh = torch.randn(b.target.slots.shape, generator=noise)
        sampled = sample_slots(model, b.src, b.txt, b.pooled, b.target.txt_mask, fresh)
        for row, (truth, offsets) in enumerate(zip(b.boxes, b.offsets)):
            found, theirs = read_boxes(sampled, row, offsets), covered(truth)
            matte, aspect = told_ground(b.src[row])
            for values, boxes in ((raw, found), (ious, settled(found, ground(matte, aspect)))):
                ours = covered(boxes)
                values.append((ours & theirs).sum() / max(1, (ours | theirs).sum()))
            count.append(len(found) == len(truth))
            if count[-1]:
                kinds += [f.kind == t.kind for f, t in zip(found, truth)]
                words += [f.words == t.words for f, t in zip(found, truth)]
                anchors += [f.anchor == t.anchor for f, t in zip(found, truth)]
    mean = lambda values: round(float(np.mean(values)), 4) if values else 0.0
    figures = {"iou": ious, "unsettled": raw, "count": count, "kind": kinds, "words": words, "anchors": anchors}
    return {name: mean(values) for name, values in figures.items()}


def covered(boxes: list, cells: int = 24) -> np.ndarray:
    """bool [cells, cells]: which cells' middles lie in a box."""
    middle = (np.arange(cells) + 0.5) / cells
    inside = lambda at, size: np.abs(middle - at) < size / 2
    nothing = [np.zeros((cells, cells), bool)]
    return np.any([np.outer(inside(b.cy, b.h), inside(b.cx, b.w)) for b in boxes] or nothing, axis=0)


def draw_sigmas(count: int, rng: np.random.Generator) -> Tensor:
    """Four in ten at pure noise, where places are chosen; the rest about the middle."""
    levels = np.where(rng.random(count) < 0.4, 1.0, 1 / (1 + np.exp(-rng.normal(0.5, 1.2, count))))
    return torch.from_numpy(levels.clip(0.02, 1).astype(np.float32))


def stepper(model: ConditionedFlux, rng: np.random.Generator, noise: torch.Generator, levels: int = 1) -> Callable:
    """A function (LayoutBatch, a forward) -> (loss, samples). levels: noise levels a pair."""
    ropes = model.rope(slot_ids()), model.rope(crop_ids(LAYOUT_GRID, LAYOUT_GRID))

    def step(b: LayoutBatch, call: Callable) -> tuple[Tensor, int]:
        target = SlotTargets(*(values.repeat_interleave(levels, 0) for values in b.target))
        sigma = draw_sigmas(len(target.slots), rng)
        noisy = noised(target.slots, sigma, noise)
        answer, keys = call(noisy, sigma, b.src, b.txt, b.pooled, b.target.txt_mask, *ropes)
        return slot_loss(answer, keys, target), len(b.boxes)

    return step


def worker(rank: int, args: Namespace) -> None:
    """One process of a run."""
    run, texts = Run("layout", args, layout_config(args.hidden), rank), Texts(TextEncoder())
    cache = LayoutCache(work_dir() / args.cache, texts, FREE_TIMES)
    step, held = stepper(run.model, run.rng, run.noise, args.levels), []
    if rank == 0 and args.held_out:
        others, order = LayoutCache(work_dir() / args.held_out, texts), np.random.default_rng(5)
        held = [others.batch(SIZE, order) for _ in range(HELD_OUT // SIZE)]
    names = hands_with("layout-hands") if args.hands else []
    hands = Hands("layout", run.model, run.out / "styles", names, args.seed)
    theirs = {hand: LayoutCache(work_dir() / "layout-hands" / hand, texts, FREE_TIMES) for hand in names}

    plain = Replay(lambda: cache.batch(args.batch, run.rng))
    of_hand = {hand: Replay(partial(theirs[hand].batch, args.batch, run.rng)) for hand in names}

    def objective() -> tuple[Tensor, int]:
        hand = names[int(run.rng.integers(len(names)))] if names and run.rng.random() < args.hands else None
        call, source = (hands.call(hand), of_hand[hand]) if hand else (run.model, plain)
        batch = source.batch(run.rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            return step(batch, call)

    def refresh() -> None:
        for shards in (cache, *theirs.values()):
            shards.refresh()

    measure = (lambda network, _: box_figures(network, held)) if held else None
    run.train(objective, measure, refresh, hands)


def layout(argv: Sequence[str] | None = None) -> None:
    """Trains until the clock ends."""
    args = options("layout", argv)
    spread(worker, args, args.processes, "29514")
