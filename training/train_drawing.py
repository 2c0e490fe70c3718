"""Trains the drawing transformer; stops on the clock, resumes from its checkpoint.

    python training/train_drawing.py --out training/runs/drawing --minutes 60 --processes 2
    python training/train_drawing.py --out training/runs/drawing --minutes 60 --processes 2 --resume

    python training/train_drawing.py --out training/runs/drawing --minutes 60 --processes 2 --init     # from the committed weights

Samples are made on the fly (nano/elements.py); elements as large as the photo come from cache_elements.py.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from nano.artwork_feed import ThingFeed
from nano.codec import Codec
from nano.conditioned import ConditionedFlux, crop_ids, drawing_config
from nano.element_cache import ElementCache
from nano.elements import INSTRUCTION_DROPOUT, CropPool, DrawingBatch, Texts, collate, draw_sigmas, drawing_loss, place_picture
from nano.loop import Schedule, optimisers, spread, train
from nano.masters import CODEC, begin, load_codec, master, save_checkpoint
from nano.settings import work_dir
from nano.text import TextEncoder
from pairs.artwork import load_artwork

HELD_OUT = 160
WHOLE_SHARE = 0.15
"""Share of the batches that are of elements as large as the photo: outlines, patterns, bands, frames."""


class Feed:
    """Batches of plain things on random crops."""

    def __init__(self, args: argparse.Namespace, codec: Codec, encoder: Texts, crops: str = "crops"):
        self.codec, self.encoder = codec, encoder
        self.pool = CropPool.load(work_dir() / crops)
        self.feeds = [ThingFeed(load_artwork(work_dir()), args.things, args.common)]

    def batch(self, count: int, rng: np.random.Generator, dropout: float = INSTRUCTION_DROPOUT) -> DrawingBatch:
        pictures = [self.feeds[int(rng.integers(len(self.feeds)))].draw(rng) for _ in range(count)]
        drawn = [place_picture(p.pixels, float(p.kind == "front"), rng, p.upright) for p in pictures]
        words = ["" if rng.random() < dropout else p.words for p in pictures]
        src = self.pool.draw(count, self.codec, rng)
        return collate(drawn, [p.kind for p in pictures], words, src, self.codec, self.encoder)


def held_out_batches(feed: Feed, count: int = HELD_OUT, size: int = 20) -> list[DrawingBatch]:
    rng = np.random.default_rng(99)
    return [feed.batch(size, rng, dropout=0.0) for _ in range(count // size)]


@torch.no_grad()
def missed(model: ConditionedFlux, batches: list[tuple[DrawingBatch, tuple]], bf16: bool) -> dict[str, float]:
    """Share of the layers' energy that one call misses, at pure noise and at 0.6."""
    noise, result = torch.Generator().manual_seed(5), {}
    for sigma in (1.0, 0.6):
        lost = energy = 0.0
        for b, rope in batches:
            fresh = torch.randn(b.clean.shape, generator=noise)
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                level = torch.full((len(b.clean),), sigma)
                answer, _ = model((1 - sigma) * b.clean + sigma * fresh, level, b.src, b.txt, b.pooled, b.txt_mask, rope, rope, b.place)
            lost += (answer.float() - b.clean).square().sum().item()
            energy += b.clean.square().sum().item()
        result[f"missed@{sigma}"] = round(lost / energy, 4)
    return result


def worker(rank: int, args: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    codec = load_codec(args.codec)
    fresh = drawing_config(args.hidden, args.depth, args.single, codec.components)
    model, samples = begin(out, args.resume, args.init, fresh, args.seed)
    if rank == 0:
        print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {samples} samples so far", flush=True)
    encoder = Texts(TextEncoder())
    feed = Feed(args, codec, encoder)
    rng = np.random.default_rng((args.seed, samples, rank))
    noise = torch.Generator().manual_seed(args.seed * 1_000_003 + samples * 7 + rank)
    crop_rope = model.rope(crop_ids())
    whole = ElementCache(work_dir() / "elements" / "whole")

    def objective() -> tuple[torch.Tensor, int]:
        if rng.random() < WHOLE_SHARE:
            b, rope = whole.batch(args.batch, rng, encoder, model)
        else:
            b, rope = feed.batch(args.batch, rng), crop_rope
        sigma = draw_sigmas(len(b.clean), rng)
        level = sigma[:, None, None]
        noisy = (1 - level) * b.clean + level * torch.randn(b.clean.shape, generator=noise)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            answer, _ = model(noisy, sigma, b.src, b.txt, b.pooled, b.txt_mask, rope, rope, b.place)
        return drawing_loss(answer, b.clean), len(b.clean)

    parameters = dict(model.named_parameters())

    def save(average: dict, seen: int) -> None:
        save_checkpoint(out, model.config, average, seen)
        whole.refresh()

    held = held_out_batches(Feed(args, codec, encoder, "crops-held-out")) if rank == 0 else []
    shadow = ConditionedFlux(model.config)

    def measure(average: dict) -> dict:
        shadow.load_state_dict(average)
        with_rope = [(b, crop_rope) for b in held]
        found = missed(shadow, with_rope, args.bf16)
        if held_whole:
            found |= {f"whole {name}": value for name, value in missed(shadow, held_whole, args.bf16).items()}
        return found

    held_whole = []
    if rank == 0 and (work_dir() / "elements" / "whole-held-out").is_dir():
        others, order = ElementCache(work_dir() / "elements" / "whole-held-out"), np.random.default_rng(4)
        held_whole = [others.batch(20, order, encoder, model, dropout=0.0) for _ in range(8)]

    schedule = Schedule(args.minutes, args.muon, args.adam, args.decay)
    train(parameters, optimisers(model, schedule), objective, schedule, out, save, measure, samples, args.measure_minutes, args.most_samples)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--resume", action="store_true", help="go on from OUT/checkpoint.pt")
    parser.add_argument("--init", type=Path, nargs="?", const=master("drawing"), help="start from these weights; without a file: the committed")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--batch", type=int, default=48, help="of each process")
    parser.add_argument("--codec", default=CODEC)
    parser.add_argument("--things", type=int, default=215)
    parser.add_argument("--common", type=float, default=0.5, help="share of the samples that are of the first sixty things")
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--single", type=int, default=6)
    parser.add_argument("--muon", type=float, default=2e-3)
    parser.add_argument("--adam", type=float, default=1.5e-3)
    parser.add_argument("--decay", type=float, default=0.3)
    parser.add_argument("--measure-minutes", type=float, default=10)
    parser.add_argument("--most-samples", type=int, default=10**12)
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=False,
                        help="half as fast as f32 where a processor runs bf16 products at half rate")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    spread(worker, args, args.processes)


if __name__ == "__main__":
    main()
