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
from data.own import PairsError, check_name, read_jsonl
from data.settings import work_dir
from model.lora import adapter_of, merged
from model.text import TextEncoder, Texts
from train.caches import LayoutCache
from train.hands import new_factors
from train.layout import stepper
from train.loop import Schedule, train
from train.masters import VERSION, load_codec, load_trained, named
from train.own_pairs import drawing_samples, layout_samples, read_own
from train.samples import DrawingBatch, drawing_step

LAYOUT_SHARE = 0.25  # Share of the time that goes to the layout's EditLoRA

Batches = Callable[[], tuple[DrawingBatch, tuple[Tensor, Tensor]]]


class Learner:
    """A network with an EditLoRA in training; `call` runs it merged."""

    def __init__(self, part: str, base: Path, seed: int):
        trained = load_trained(base)
        self.part, self.model, self.state = part, trained.network().requires_grad_(False), trained.state
        self.factors = new_factors(part, self.model, {}, seed)

    def call(self, *args):
        """The network's forward."""
        state = merged(self.state, adapter_of(self.part, self.factors), self.model.config)
        return torch.func.functional_call(self.model, state, args)


class Trainer:
    """Trains both EditLoRAs into one file."""

    def __init__(self, args: Namespace):
        self.args, self.kept, self.path = args, {}, args.out / f"{args.name}.safetensors"
        self.rng, self.noise = np.random.default_rng((args.seed, 1)), torch.Generator().manual_seed(args.seed)

    def save(self, average: dict[str, Tensor], _: int) -> None:
        """What is learnt so far."""
        self.kept |= {name: value.detach().clone() for name, value in average.items()}
        save_file(self.kept, self.path, {"name": self.args.name, "base": f"nano {VERSION}", "alpha_gain": "1"})

    def run(self, learner: Learner, minutes: float, objective: Callable[[], tuple[Tensor, int]]) -> None:
        """Until the clock ends."""
        rate = self.args.rate
        optimiser = torch.optim.AdamW(list(learner.factors.values()), rate, (0.9, 0.98), weight_decay=0.0)
        schedule, logs = Schedule(minutes, rate, rate, self.args.decay, warm_up=50), work_dir() / "styles"
        logs.mkdir(parents=True, exist_ok=True)
        train(learner.factors, [optimiser], objective, schedule, logs, self.save, most_samples=self.args.most_samples)

    def drawing(self, learner: Learner, minutes: float, batches: Batches) -> None:
        """The drawing's EditLoRA."""
        self.run(learner, minutes, lambda: drawing_step(learner.call, *batches(), self.rng, self.noise))

    def layout(self, learner: Learner, minutes: float, cache: LayoutCache) -> None:
        """The layout's EditLoRA."""
        step = stepper(learner.model, self.rng, self.noise)
        self.run(learner, minutes, lambda: step(cache.batch(self.args.batch, self.rng), learner.call))


def train_own(args: Namespace, matting: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]] | None = None) -> None:
    """matting: Matting.read of model/matte.py, the default. Raises PairsError."""
    started = time.monotonic()
    read_jsonl(args.own)  # its faults are said before anything is loaded
    if matting is None:
        from model.matte import Matting

        matting = Matting().read
    trainer, texts = Trainer(args), Texts(TextEncoder())
    drawing, layout = (Learner(part, getattr(args, part), args.seed) for part in ("drawing", "layout"))
    views = read_own(args.own, matting)
    cache, boxes = drawing_samples(views, load_codec(args.codec), trainer.rng), layout_samples(views, texts)
    elements = sum(len(pair.elements) for view in views for pair in view.pairs)
    print(f"{args.own}: {len(views)} views, {elements} elements on {len(cache)} crops", flush=True)
    left = max(0.5, args.minutes - (time.monotonic() - started) / 60)
    batches = lambda: cache.batch(args.batch, trainer.rng, texts, drawing.model)
    trainer.drawing(drawing, left * (1 - LAYOUT_SHARE), batches)
    trainer.layout(layout, left * LAYOUT_SHARE, boxes)
    print(trainer.path)


def arguments(argv: Sequence[str] | None = None) -> Namespace:
    """The command line; what makes no sense ends it."""
    parser = parser_of("style")
    args = parser.parse_args(argv)
    if not args.own or not args.name:
        parser.error("give your pairs and what the style is called: --own FILE --name NAME")
    try:
        check_name(args.name)
    except PairsError as error:
        parser.error(str(error))
    args.drawing, args.layout = (named(getattr(args, part), part, newest=False) for part in ("drawing", "layout"))
    args.out, args.own = Path(args.out), Path(args.own)
    return args


def style(argv: Sequence[str] | None = None) -> None:
    """Trains until the clock ends."""
    args = arguments(argv)
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    train_own(args)
