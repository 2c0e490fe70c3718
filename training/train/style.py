"""Trains a style from someone's own pairs, an EditLoRA on both shipped networks (configs/style.toml). The project's own
artists: hands.py."""

import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from configs import parser_of
from data.own import check_name, read_jsonl
from data.settings import work_dir
from model.lora import adapter_of, merged
from model.text import TextEncoder, Texts
from train.hands import new_factors
from train.layout import stepper
from train.loop import Schedule, train
from train.masters import VERSION, load_codec, load_trained, named
from train.own_pairs import drawing_samples, layout_samples, read_own
from train.samples import drawing_step

LAYOUT_SHARE = 0.25  # Share of the time that goes to the layout's EditLoRA


class Learner:
    """A network with an EditLoRA in training; `call` runs it merged."""

    def __init__(self, part: str, base: Path, seed: int):
        trained = load_trained(base)
        self.part, self.model, self.state = part, trained.network().requires_grad_(False), trained.state
        self.factors = new_factors(part, self.model, {}, seed)

    def call(self, *args):
        state = merged(self.state, adapter_of(self.part, self.factors), self.model.config)
        return torch.func.functional_call(self.model, state, args)


def train_own(args: Namespace, matting: Callable[[np.ndarray], tuple[np.ndarray, ...]] | None = None) -> None:
    """Trains both EditLoRAs into one file. matting: Matting.look of model/matte.py, the default. Raises PairsError."""
    started = time.monotonic()
    read_jsonl(args.own)  # its faults are said before anything is loaded
    if matting is None:
        from model.matte import Matting

        matting = Matting().look
    rng, noise = np.random.default_rng((args.seed, 1)), torch.Generator().manual_seed(args.seed)
    drawing, layout = (Learner(part, getattr(args, part), args.seed) for part in ("drawing", "layout"))
    views, texts = read_own(args.own, matting), Texts(TextEncoder())
    cache, boxes = drawing_samples(views, load_codec(args.codec), rng), layout_samples(views, texts)
    elements = sum(len(pair.elements) for view in views for pair in view.pairs)
    print(f"{args.own}: {len(views)} views, {elements} elements on {len(cache)} crops", flush=True)
    left = max(0.5, args.minutes - (time.monotonic() - started) / 60)
    path, logs, kept = args.out / f"{args.name}.safetensors", work_dir() / "styles", {}
    logs.mkdir(parents=True, exist_ok=True)

    def save(average: dict[str, Tensor], _: int) -> None:
        kept.update({name: value.detach().clone() for name, value in average.items()})
        save_file(kept, path, {"name": args.name, "base": f"nano {VERSION}", "alpha_gain": "1"})

    def learn(learner: Learner, share: float, objective: Callable[[], tuple[Tensor, int]]) -> None:
        optimiser = torch.optim.AdamW(list(learner.factors.values()), args.rate, (0.9, 0.98), weight_decay=0.0)
        schedule = Schedule(left * share, args.rate, args.rate, args.decay, warm_up=50)
        train(learner.factors, [optimiser], objective, schedule, logs, save, most_samples=args.most_samples)

    batch = lambda: cache.batch(args.batch, rng, texts, drawing.model)
    learn(drawing, 1 - LAYOUT_SHARE, lambda: drawing_step(drawing.call, *batch(), rng, noise))
    step = stepper(layout.model, rng, noise)
    learn(layout, LAYOUT_SHARE, lambda: step(boxes.batch(args.batch, rng), layout.call))
    print(path)


def arguments(argv: Sequence[str] | None = None) -> Namespace:
    """Raises PairsError for a name that cannot name a file."""
    parser = parser_of("style")
    args = parser.parse_args(argv)
    if not args.own or not args.name:
        parser.error("give your pairs and what the style is called: --own FILE --name NAME")
    check_name(args.name)
    args.drawing, args.layout = (named(getattr(args, part), part, newest=False) for part in ("drawing", "layout"))
    args.out, args.own = Path(args.out), Path(args.own)
    return args


def style(argv: Sequence[str] | None = None) -> None:
    args = arguments(argv)
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    train_own(args)
