"""The training loop of both networks: Muon and AdamW, averaged weights, stops on a clock, resumes, one line a minute.

A run splits its batch over processes of one thread: on a shared machine nearly twice as fast as two threads."""

import json
import os
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from data.settings import work_dir
from model.conditioned import ConditionedConfig, ConditionedFlux
from train.hands import RATE, Hands
from train.masters import begin, named, save_checkpoint

CLIP_NORM = 1.0
WARM_UP_STEPS = 150
EMA_STEPS = 500  # Steps that the averaged weights look back on; what is measured and shipped
CHECKPOINT_SECONDS = 240
LOG_SECONDS = 60

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # quintic of steepest slope at 0, from the Muon write-up


def orthogonalise(matrix: Tensor, steps: int = 5, dtype: torch.dtype = torch.float32) -> Tensor:
    """Newton-Schulz towards the nearest semi-orthogonal matrix: [m, n] or [batch, m, n] f32. dtype: of products."""
    a, b, c = COEFFICIENTS
    wide = matrix.mT if matrix.shape[-2] > matrix.shape[-1] else matrix
    x = (wide / (wide.norm(dim=(-2, -1), keepdim=True) + 1e-7)).to(dtype)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    x = x.float()
    return x.mT if matrix.shape[-2] > matrix.shape[-1] else x


class Muon(torch.optim.Optimizer):
    """params: 2-D weights. The update is scaled to the root mean square of an Adam step (0.2 sqrt(longer side)), so the
    learning rate and weight decay mean what they mean in AdamW. `pieces` of a group: how many stacked projections.
    bf16: its products are of half precision, which is all they need.
    With torch.distributed started, every rank must hold the same gradients; the ranks share the orthogonalisations."""

    def __init__(self, groups: list[dict], lr: float, momentum: float = 0.95, weight_decay: float = 0.0, bf16=False):
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "pieces": 1})
        self.dtype = torch.bfloat16 if bf16 else torch.float32

    @torch.no_grad()
    def step(self) -> None:
        pairs = [(group, parameter) for group in self.param_groups for parameter in group["params"]]
        rank, world = world_of()
        updates = [self._direction(group, parameter, i % world == rank) for i, (group, parameter) in enumerate(pairs)]
        if world > 1:
            all_reduce(updates)
        for (group, parameter), update in zip(pairs, updates):
            parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"])

    def _direction(self, group: dict, parameter: Tensor, mine: bool) -> Tensor:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        velocity = state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
        if not mine:
            return torch.zeros_like(parameter)
        rows = parameter.grad.lerp(velocity, group["momentum"]).unflatten(0, (group["pieces"], -1))  # Nesterov
        return (orthogonalise(rows, dtype=self.dtype) * (0.2 * max(rows.shape[-2:]) ** 0.5)).flatten(0, 1)


def all_reduce(tensors: list[Tensor]) -> None:
    """Sums each tensor over the ranks, in place, with one message."""
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    dist.all_reduce(flat)
    for tensor, summed in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(summed.view_as(tensor))


@dataclass(frozen=True)
class Schedule:
    """minutes: when to stop. muon, adam: learning rates. decay: last part of the run over which they fall to zero.
    warm_up: steps over which they rise; a run that resumes rises again, since momenta are not kept."""

    minutes: float
    muon: float = 2e-3
    adam: float = 1.5e-3
    decay: float = 0.3
    warm_up: int = WARM_UP_STEPS

    def factor(self, progress: float, step: int) -> float:
        return min(1.0, (step + 1) / self.warm_up, max(0.0, (1 - progress) / max(self.decay, 1e-6)))


def optimisers(model: nn.Module, schedule: Schedule, bf16: bool = False) -> list[torch.optim.Optimizer]:
    """Muon for the blocks' matrices, AdamW for embedders, modulations, norms, biases and the final layer."""
    hidden, pieces, rest = model.config.hidden_size, {}, []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if parameter.ndim != 2 or "_blocks." not in name or ".lin." in name:
            rest.append(parameter)
            continue
        # q, k and v (and the MLP's rows of linear1) are separate square maps
        stacked = parameter.shape[0] // hidden if "qkv" in name or "linear1" in name else 1
        pieces.setdefault(stacked, []).append(parameter)
    groups = [{"params": params, "pieces": count} for count, params in pieces.items()]
    muon = Muon(groups, schedule.muon, weight_decay=0.01, bf16=bf16)
    return [muon, torch.optim.AdamW(rest, schedule.adam, (0.9, 0.98), weight_decay=0.0)]


class Average:
    """Exponential mean of parameters: what is measured, kept and shipped."""

    def __init__(self, parameters: dict[str, Tensor]):
        self.values = {name: p.detach().clone() for name, p in parameters.items()}

    @torch.no_grad()
    def update(self, parameters: dict[str, Tensor], step: int) -> None:
        keep = min(1 - 1 / EMA_STEPS, (step + 1) / (step + 10))
        for name, p in parameters.items():
            self.values[name].lerp_(p, 1 - keep)


class Due:
    """Says once in so many seconds that they are over."""

    def __init__(self, seconds: float):
        self.seconds, self.last = seconds, time.monotonic()

    def __call__(self) -> bool:
        over = time.monotonic() - self.last > self.seconds
        if over:
            self.last = time.monotonic()
        return over


def world_of() -> tuple[int, int]:
    """This process's rank, and how many there are."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def elapsed_minutes(start: float) -> float:
    """Minutes since `start` of time.monotonic(), the first rank's on all: they must end at the same step."""
    elapsed = torch.tensor([(time.monotonic() - start) / 60])
    if dist.is_initialized():
        dist.broadcast(elapsed, 0)
    return elapsed.item()


def descend(loss: Tensor, trained: list[Tensor], optimisers: list[torch.optim.Optimizer]) -> None:
    """One step of the optimisers, down the mean gradient of all ranks."""
    loss.backward()
    if dist.is_initialized():
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in trained]
        all_reduce(gradients)
        for p, gradient in zip(trained, gradients):
            p.grad = gradient.div_(dist.get_world_size())
    torch.nn.utils.clip_grad_norm_(trained, CLIP_NORM)
    for optimiser in optimisers:
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)


def train(
    parameters: dict[str, Tensor], optimisers: list[torch.optim.Optimizer],
    objective: Callable[[], tuple[Tensor, int]], schedule: Schedule, out: Path,
    save: Callable[[dict[str, Tensor], int], None], measure: Callable[[dict[str, Tensor]], dict] | None = None,
    samples: int = 0, measure_minutes: float = 10.0, most_samples: int = 10**12,
) -> int:  # fmt: skip
    """Runs until the clock ends. `objective` draws a batch and gives (loss, samples in it); `save` and `measure` get
    the averages. `samples` seen before this run; `most_samples` ends it early. Writes out/log.jsonl. -> all samples."""
    (rank, world), start, first, step, losses = world_of(), time.monotonic(), samples, 0, []
    average, trained = Average(parameters), list(parameters.values())
    log_due, save_due, measure_due = Due(LOG_SECONDS), Due(CHECKPOINT_SECONDS), Due(60 * measure_minutes)
    rates = [(group, group["lr"]) for optimiser in optimisers for group in optimiser.param_groups]

    def report(**values) -> None:
        line = {"minutes": round((time.monotonic() - start) / 60, 2), "samples": samples, **values}
        print(json.dumps(line), flush=True)
        with (out / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")

    while (progress := max(elapsed_minutes(start) / schedule.minutes, (samples - first) / most_samples)) < 1:
        for group, rate in rates:
            group["lr"] = rate * schedule.factor(progress, step)
        loss, count = objective()
        descend(loss, trained, optimisers)
        step, samples = step + 1, samples + count * world
        average.update(parameters, step)
        losses.append(loss.item())
        if rank == 0 and log_due():
            pace = (samples - first) / (time.monotonic() - start)
            report(loss=round(sum(losses) / len(losses), 5), rate=round(pace, 1))
            losses = []
        if rank == 0 and save_due():
            save(average.values, samples)
        if rank == 0 and measure and measure_due():
            report(**measure(average.values))
    if rank == 0:
        save(average.values, samples)
        if measure:
            report(**measure(average.values), done=True)
    return samples


class Run:
    """A network's run by its recipe: what it starts from, its random numbers, its files. rank: of the process."""

    def __init__(self, part: str, args: Namespace, fresh: ConditionedConfig, rank: int):
        torch.set_num_threads(1)
        self.args, self.out = args, work_dir() / args.out
        self.out.mkdir(parents=True, exist_ok=True)
        init = named(args.init, part) if args.init else None
        self.model, self.samples = begin(self.out, args.resume, init, fresh, args.seed)
        self.rng = np.random.default_rng((args.seed, self.samples, rank))
        self.noise = torch.Generator().manual_seed(args.seed * 1_000_003 + self.samples * 7 + rank)
        if rank == 0:
            millions = sum(p.numel() for p in self.model.parameters()) / 1e6
            print(f"{vars(args)}\n{millions:.2f} M parameters, {self.samples} samples so far", flush=True)

    def train(
        self, objective: Callable[[], tuple[Tensor, int]],
        measure: Callable[[ConditionedFlux, dict[str, Tensor]], dict] | None, refresh: Callable[[], None],
        hands: Hands | None = None,
    ) -> None:  # fmt: skip
        """By the loop; `measure` gets a network of the averages and them all, `refresh` comes at checkpoints."""
        args, shadow = self.args, ConditionedFlux(self.model.config)
        own = dict(self.model.named_parameters())
        base = lambda average: {name: value for name, value in average.items() if name in own}

        def save(average: dict, seen: int) -> None:
            save_checkpoint(self.out, self.model.config, base(average), seen)
            if hands:
                hands.save(average)
            refresh()

        def measured(average: dict) -> dict:
            shadow.load_state_dict(base(average))
            return measure(shadow, average)

        schedule = Schedule(args.minutes, args.muon, args.adam, args.decay)
        learners, parameters = optimisers(self.model, schedule, args.bf16), own
        if hands:
            learners += [torch.optim.AdamW(hands.factors.values(), RATE, (0.9, 0.98), weight_decay=0.0)]
            parameters = own | hands.factors
        train(
            parameters, learners, objective, schedule, self.out, save, measured if measure else None, self.samples,
            args.measure_minutes, args.most_samples,
        )  # fmt: skip


def spread(worker: Callable, args, processes: int, port: str = "29513") -> None:
    """Runs worker(rank, args) in that many processes of one thread; one process runs it here."""
    if processes == 1:
        worker(0, args)
        return
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", port)
    torch.multiprocessing.spawn(_start, (worker, args, processes), nprocs=processes)


def _start(rank: int, worker: Callable, args, processes: int) -> None:
    dist.init_process_group("gloo", rank=rank, world_size=processes)
    try:
        worker(rank, args)
    finally:
        dist.destroy_process_group()
