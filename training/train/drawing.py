"""Trains the drawing transformer (configs/drawing.toml): things on random crops, whole elements of pairs."""

from argparse import Namespace
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from configs import options
from data.artwork import load_artwork
from data.hands import HANDS
from data.settings import work_dir
from model.conditioned import ConditionedFlux, crop_ids, drawing_config
from model.text import TextEncoder, Texts
from train.caches import ElementCache
from train.hands import HandBatches, Hands, draw_hand
from train.loop import Run, spread
from train.masters import load_codec
from train.samples import CropPool, DrawingBatch, Replay, ThingFeed, drawing_step, plain_batch

OUTLINER = "edge"  # The hand with outlines of its own; the others draw what is as large as the photo as the base
HELD_OUT, SIZE = 160, 20
WHOLE_HELD_OUT = 8
HAND_BATCHES, HAND_SIZE = 4, 8
"""Elements, and batches of whole ones and of a hand's, that a run is measured on; a hand's are not held out."""


@torch.no_grad()
def missed(model: ConditionedFlux, batches: list[tuple[DrawingBatch, tuple]]) -> dict[str, float]:
    """Share of the layers' energy that one call misses, at pure noise and at 0.6."""
    noise, result = torch.Generator().manual_seed(5), {}
    for sigma in (1.0, 0.6):
        lost = energy = 0.0
        for b, rope in batches:
            noisy = (1 - sigma) * b.clean + sigma * torch.randn(b.clean.shape, generator=noise)
            level, src_rope = torch.full((len(b.clean),), sigma), tuple(table[: b.src.shape[1]] for table in rope)
            answer, _ = model(noisy, level, b.src, b.txt, b.pooled, b.txt_mask, rope, src_rope, b.place)
            lost += (answer - b.clean).square().sum().item()
            energy += b.clean.square().sum().item()
        result[f"missed@{sigma}"] = round(lost / energy, 4)
    return result


def worker(rank: int, args: Namespace) -> None:
    codec = load_codec(args.codec)
    run = Run("drawing", args, drawing_config(args.hidden, args.depth, args.single, codec.components), rank)
    encoder, feed = Texts(TextEncoder()), ThingFeed(load_artwork(work_dir()), args.things, args.common)
    crops = CropPool(work_dir() / "crops")
    crop_rope, whole = run.model.rope(crop_ids()), ElementCache(work_dir() / "elements" / "whole")
    names = list(HANDS) if args.hands else []
    hands = Hands("drawing", run.model, run.out / "styles", names, args.seed)
    feeds = {hand: HandBatches(hand, run.model, codec, crops, encoder, args.photo) for hand in names}

    things = lambda: plain_batch(feed, crops, args.batch, run.rng, codec, encoder, photo=args.photo)
    plain = Replay(lambda: (things(), crop_rope))
    of_hand = {hand: Replay(partial(feeds[hand].batch, args.batch, run.rng)) for hand in names}
    of_whole = Replay(lambda: whole.batch(args.batch, run.rng, encoder, run.model))

    def objective() -> tuple[torch.Tensor, int]:
        hand = draw_hand(names, run.rng) if names and run.rng.random() < args.hands else None
        network, source = (hands.call(hand), of_hand[hand]) if hand else (run.model, plain)
        if hand != OUTLINER and run.rng.random() < args.whole:
            source = of_whole
        batch, rope = source.batch(run.rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            return drawing_step(network, batch, rope, run.rng, run.noise)

    def told() -> dict[str, list[tuple[DrawingBatch, tuple]]]:
        """What a run is measured on: things under "", elements as large as the photo under "whole", hands by name."""
        order, others = np.random.default_rng(99), CropPool(work_dir() / "crops-held-out")
        things = [plain_batch(feed, others, SIZE, order, codec, encoder, 0.0) for _ in range(HELD_OUT // SIZE)]
        found, order = {"": [(batch, crop_rope) for batch in things]}, np.random.default_rng(4)
        folder = work_dir() / "elements" / "whole-held-out"
        if folder.is_dir():
            cache = ElementCache(folder)
            found["whole"] = [cache.batch(SIZE, order, encoder, run.model, 0.0) for _ in range(WHOLE_HELD_OUT)]
        order = np.random.default_rng(6)
        return found | {hand: [feeds[hand].batch(HAND_SIZE, order) for _ in range(HAND_BATCHES)] for hand in names}

    held = told() if rank == 0 else {}

    def measure(network: ConditionedFlux, average: dict[str, torch.Tensor]) -> dict:
        found = {}
        for name, batches in held.items():
            own = hands.drawn(network, name, average) if name in names else network
            found |= {f"{name} {figure}".strip(): value for figure, value in missed(own, batches).items()}
        return found

    run.train(objective, measure, whole.refresh, hands)


def drawing(argv: Sequence[str] | None = None) -> None:
    args = options("drawing", argv)
    spread(worker, args, args.processes)
