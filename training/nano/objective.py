"""Batches and the source_residual objective, shared by pre-training and the EditLoRAs."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nano.cache import FIRST_PASS, UNKNOWN, Cache, Encoded, MemoryCache, is_large
from nano.config import Recipe
from nano.device import upload
from nano.model import Flux
from nano.sampler import NANO_SHIFT, noisy_input
from nano.taef1 import PIXELS_PER_TOKEN

LENGTHS = (16, 32, 96)
"""Texts are padded to the first of these that holds them: few shapes, each of which --compile compiles once. Of the generator's
instructions 64 % have at most 16 tokens, 92 % at most 32."""

PURE_NOISE_SHARE = 0.5
"""Share of samples at sigma in (0.97, 1], where nothing of the doodle is visible and all of it must come from words and photo. That is
what is learnt last: after 64,800 samples a half visible doodle was understood (0.14 of it missed), an unseen one was not (0.52)."""


@dataclass
class Batch:
    """source, target [B, N, 64]; mask [B, N]; txt [B, L, 384] zero-padded, txt_mask [B, L] bool; pooled [B, 384];
    subject [B, N, 4], UNKNOWN (see nano.cache) where nobody knows it; soft [B, N, 64] as in Encoded, of `close_ups` only."""

    source: Tensor
    target: Tensor
    mask: Tensor
    txt: Tensor
    txt_mask: Tensor
    pooled: Tensor
    grid: tuple[int, int]
    subject: Tensor | None = None
    soft: Tensor | None = None
    kept: Tensor | None = None
    """[B, N] int64 of a window: which of the grid's tokens it shows; None shows all of them."""

    def __post_init__(self) -> None:
        if self.subject is None:
            self.subject = self.mask.new_full((*self.mask.shape, 4), UNKNOWN)

    def to(self, device: torch.device) -> "Batch":
        """The same batch on a device; an unchanged one on the CPU."""
        soft = None if self.soft is None else upload(self.soft, device)
        return replace(self, **{name: upload(getattr(self, name), device) for name in TENSORS}, soft=soft)


TENSORS = ("source", "target", "mask", "txt", "txt_mask", "pooled", "subject")
"""Fields of a Batch with a row for each pair."""


def padded_length(tokens: int) -> int:
    """The length that a text of so many tokens is padded to."""
    return next((length for length in LENGTHS if length >= tokens), -(-tokens // LENGTHS[0]) * LENGTHS[0])


def collate(samples: list[Encoded], length: int | None = None) -> Batch:
    """Samples of one grid; texts padded to `length`, or to the padded length of the longest."""
    length = max(length or 0, padded_length(max(len(sample.states) for sample in samples)))
    txt = torch.zeros(len(samples), length, samples[0].states.shape[1])
    txt_mask = torch.zeros(len(samples), length, dtype=torch.bool)
    for i, sample in enumerate(samples):
        txt[i, : len(sample.states)] = sample.states
        txt_mask[i, : len(sample.states)] = True
    stack = lambda name: torch.stack([getattr(sample, name) for sample in samples])
    unknown = torch.full((*samples[0].mask.shape, 4), UNKNOWN)
    subject = torch.stack([unknown if sample.subject is None else sample.subject for sample in samples])
    return Batch(stack("source"), stack("target"), stack("mask"), txt, txt_mask, stack("pooled"), samples[0].grid, subject)


LEANING = 1.2
"""Mean logit of the other noise levels: six of nano's eight network calls are above sigma 0.6, where the doodle takes shape."""


def draw_sigmas(count: int, rng: np.random.Generator, pure: float = PURE_NOISE_SHARE) -> Tensor:
    """Noise levels [count] f32: logit-normal leaning to noise, and a share `pure` at (0.97, 1].

    Nothing below 0.05: nano's last network call is at sigma 0.3 (8 steps) or 0.14 (20 steps).
    """
    leaning = 1 / (1 + np.exp(-rng.normal(LEANING, 1.1, count)))
    first = rng.uniform(0.97, 1.0, count)
    chosen = np.where(rng.random(count) < pure, first, leaning)
    return torch.from_numpy(np.clip(chosen, 0.05, 1.0).astype(np.float32))


def draw_noise(batch: Batch, generator: torch.Generator, recipe: Recipe = Recipe()) -> Tensor:
    """Gaussian noise for the batch's targets [B, N, 64], followed by the sources' own where the condition is noisy [B, 2N, 64]."""
    rows, tokens, channels = batch.target.shape
    tokens *= 2 if recipe.condition == "noisy" else 1
    return torch.randn((rows, tokens, channels), generator=generator, device=generator.device)


WINDOW = 8
"""Tokens along a side of a window: half of what a 192 px picture has, and room for any single thing."""


def windows(batch: Batch, rng: np.random.Generator) -> Batch:
    """The batch seen through a window of WINDOW x WINDOW tokens each, somewhere about its doodle; ids stay those of the whole picture.

    Most of a picture is background that says "leave it alone", twice, as noisy and as source tokens. A window shows a thing for
    less than half the price. Where it lies tells a little of where the doodle is, so that part of the training must see whole pictures.
    """
    batch, _, kept = _cut(batch, tuple(min(WINDOW, side) for side in batch.grid), rng)
    return replace(batch, kept=kept)


def close_ups(samples: list[Encoded], rng: np.random.Generator) -> Batch:
    """Crops of large pictures as the second pass shows them: a first pass's grid in the picture's own proportions, about the doodle, ids
    counted from the crop's corner, with the softened targets that it begins at."""
    scale = FIRST_PASS / PIXELS_PER_TOKEN / math.sqrt(len(samples[0].mask))
    whole = collate(samples)
    whole.soft = torch.stack([sample.soft for sample in samples])
    batch, grid, _ = _cut(whole, tuple(min(side, round(side * scale)) for side in whole.grid), rng)
    return replace(batch, grid=grid)


def _cut(batch: Batch, size: tuple[int, int], rng: np.random.Generator) -> tuple[Batch, tuple[int, int], Tensor]:
    """A rectangle of (rows, columns) tokens of each picture, somewhere about its doodle; the size; and its tokens' indices [B, N]."""
    high, wide = size
    within = (torch.arange(high)[:, None] * batch.grid[1] + torch.arange(wide)).flatten()
    drawn = (batch.mask > 0).unflatten(1, batch.grid)
    starts = [(_window_start(picture.any(1), high, rng), _window_start(picture.any(0), wide, rng)) for picture in drawn]
    kept = torch.stack([top * batch.grid[1] + left + within for top, left in starts])
    chosen = {name: getattr(batch, name) for name in ("source", "target", "mask", "subject", "soft")}
    gather = lambda values: torch.take_along_dim(values, kept[..., None] if values.ndim == 3 else kept, dim=1)
    return replace(batch, **{name: gather(values) for name, values in chosen.items() if values is not None}), size, kept


WHOLE_TOKENS = 256
"""Tokens up to which a batch of whole pictures has its full number of them; of larger ones it has fewer."""


@dataclass(frozen=True)
class Views:
    """How batches are seen: the share of windows among small pictures; of crops as in the second pass and of whole pictures among large ones,
    whose rest are windows."""

    windows: float = 0.0
    close_ups: float = 0.0
    whole: float = 0.0


def draw_batch(sampler: "BatchSampler", views: Views, choice: float, rng: np.random.Generator) -> Batch:
    """The sampler's next pairs, seen in one way, by `choice` in 0..1; twice as many through windows.

    Where a softened target is missing, in a picture of an older cache, a crop becomes a window.
    """
    group = sampler.next_group()
    (rows, columns), _ = group
    if not is_large((rows, columns)):
        return windows(collate(sampler.draw(2, group)), rng) if choice < views.windows else collate(sampler.draw(1, group))
    if choice < views.whole:
        return collate(sampler.draw(min(1, WHOLE_TOKENS / (rows * columns)), group))
    samples = sampler.draw(1 if choice < views.whole + views.close_ups else 2, group)
    if choice < views.whole + views.close_ups and all(sample.soft is not None for sample in samples):
        return close_ups(samples, rng)
    return windows(collate(samples), rng)


CLOSE_SIGMAS = (0.2, 0.8)
"""Noise levels that crops are shown at: the second pass's three calls are at 0.64, 0.5 and 0.3, and it may begin at 0.75."""


def shown_close(batch: Batch, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Noise levels [B] and what is under that noise [B, N, 64], of a batch of crops: the soft target, for half of them on its way to
    the true one, as after the second pass's first calls."""
    share = np.where(rng.random(len(batch.source)) < 0.5, 1.0, rng.random(len(batch.source))).astype(np.float32)
    sigma = rng.uniform(*CLOSE_SIGMAS, len(batch.source)).astype(np.float32)
    device = batch.target.device
    way = upload(torch.from_numpy(share), device)[:, None, None]
    return upload(torch.from_numpy(sigma), device), batch.target + way * (batch.soft - batch.target)


class Ropes:
    """Rotary tables of batches, kept for each grid and text length; a window has those of its own places."""

    def __init__(self, model: Flux, recipe: Recipe):
        self.model, self.recipe = model, recipe
        self.tables: dict[tuple, tuple[Tensor, Tensor]] = {}

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        length, tokens = batch.txt.shape[1], batch.grid[0] * batch.grid[1]
        key = (batch.grid, length)
        if key not in self.tables:
            self.tables[key] = self.model.rope(*key, self.recipe.positions)
        if batch.kept is None:
            return self.tables[key]
        text = torch.arange(length, device=batch.kept.device).expand(len(batch.kept), -1)
        places = torch.cat((text, length + batch.kept, length + tokens + batch.kept), dim=1)
        return tuple(table[places][:, None] for table in self.tables[key])


def _window_start(drawn: Tensor, size: int, rng: np.random.Generator) -> int:
    """A start along one axis, drawn [n] bool: the window holds the doodle, or lies within it where it is too long."""
    places = drawn.nonzero().flatten().tolist() or [0]
    ends = sorted((places[0], places[-1] + 1 - size))
    first, last = (min(max(end, 0), len(drawn) - size) for end in ends)
    return int(rng.integers(first, last + 1))


def without_instructions(batch: Batch, dropped: Tensor, empty: tuple[Tensor, Tensor]) -> Batch:
    """The batch with an empty instruction (states [L, 384] and pooled [384] of "") in the rows where dropped [B] bool."""
    states, pooled = empty
    length = batch.txt.shape[1]
    blank = F.pad(states, (0, 0, 0, length - len(states)))
    real = torch.arange(length, device=batch.txt.device) < len(states)
    rows = dropped[:, None]
    return replace(
        batch,
        txt=torch.where(rows[..., None], blank, batch.txt),
        txt_mask=torch.where(rows, real, batch.txt_mask),
        pooled=torch.where(rows, pooled, batch.pooled),
    )


SMALLEST_SHARE = 1 / 36
"""Doodles of a smaller share of the tokens weigh no more than one of this share (2 x 2 tokens of 12 x 12)."""


@dataclass(frozen=True)
class Losses:
    """`objective`: what training minimises. `doodle`, `background`: mean squared error of d over either kind of token
    (whatever the network answers: an error of the velocity is sigma times as large in d). `subject`: cross-entropy of what a
    listener makes of the source tokens half way, 0 without one. `believed`: the target that the answer amounts to, [B, N, 64], detached."""

    objective: Tensor
    doodle: Tensor
    background: Tensor
    subject: Tensor
    believed: Tensor


def subject_loss(logits: Tensor, subject: Tensor) -> Tensor:
    """Mean binary cross-entropy of logits [B, N, 4] against the subject's shares [B, N, 4] where they are known; a scalar."""
    known = (subject >= 0).float()
    error = F.binary_cross_entropy_with_logits(logits.float(), subject.clamp(0, 1), reduction="none")
    return (error * known).sum() / known.sum().clamp(min=1)


def residual_losses(
    model: Callable, batch: Batch, sigma: Tensor, noise: Tensor, rope: tuple[Tensor, Tensor], recipe: Recipe = Recipe(),
    listener: Callable[[Tensor], Tensor] | None = None, believed: Tensor | None = None,
) -> Losses:  # fmt: skip
    """Squared error of the answer, scalars; sigma [B], noise as from `draw_noise`. listener: the source tokens' states half way
    [B, N, hidden] to logits of the subject [B, N, 4]. believed [B, N, 64]: shown under noise in place of the target (see `Chains`);
    the answer is compared with the true target all the same.

    The objective is a mean over all tokens of a picture. Weighting doodle tokens above background tokens would bias the
    answer: where a token is doodle with probability p, the best answer is p E[d | doodle], and weights w to 1 make it
    w p / (w p + 1 - p) times that. The sampler integrates these answers, so every step would paint too much wherever
    the place is not certain. Pictures may be weighted, by what the instruction and the photo tell: by
    1 / sqrt(share of doodle tokens), or else a new background counts as much as twenty crowns.
    """
    level, tokens = sigma[:, None, None], batch.target.shape[1]
    condition, noise, condition_noise = batch.source, noise[:, :tokens], noise[:, tokens:]
    if recipe.condition == "noisy":
        condition = (1 - level) * condition + level * condition_noise
    shown = batch.target if believed is None else believed
    noisy = (1 - level) * shown + level * noise
    img = torch.cat((noisy_input(noisy, batch.source, level, recipe), condition), dim=1)
    subject = img.new_zeros(())
    if listener is None:
        answer = model(img, batch.txt, batch.pooled, sigma, rope, txt_mask=batch.txt_mask)
    else:
        answer, states = model(img, batch.txt, batch.pooled, sigma, rope, txt_mask=batch.txt_mask, show_source=True)
        subject = subject_loss(listener(states), batch.subject)
    answer = answer.float()
    velocity = recipe.prediction == "velocity"
    # from what is shown to the truth; the usual noise - target where the truth is shown
    wanted = noise - batch.target + (shown - batch.target) * (1 - level) / level if velocity else batch.target - batch.source
    error = (answer - wanted).square().mean(-1)
    doodle = (batch.mask > 0).float()
    background = 1 - doodle
    weight = doodle.mean(1).clamp(min=SMALLEST_SHARE).rsqrt()
    objective = (error.mean(1) * weight).mean()
    if velocity:
        error = error * sigma[:, None].square()
    return Losses(
        objective=objective,
        doodle=(error * doodle).sum() / doodle.sum().clamp(min=1),
        background=(error * background).sum() / background.sum().clamp(min=1),
        subject=subject,
        believed=(noisy - level * answer if velocity else batch.source + answer).detach(),
    )


@dataclass
class Seen:
    """A batch, the noise levels [B] to show it at, and what is under that noise: the truth (None), or an answer after `calls` calls."""

    batch: Batch
    sigma: Tensor
    believed: Tensor | None = None
    calls: int = 0


class Chains:
    """Batches that come back with the network's own last answer under less noise, as the sampler does it.

    Trained on the truth under noise alone, the network never sees what it is shown when it samples: its own blurred answers. Their
    error grew along the eight calls, from 0.42 of a doodle's energy to 0.56. Here `share` of the batches go on from an answer (which was
    trained on anyway, so it costs nothing), and the network learns to mend it. Batches rest in between, so that one update does not
    follow another on the same pairs. All ranks give `choice` the same seed and stay in step.
    """

    CALLS = 4
    """A batch is shown at most so often; the sampler's eight levels are passed in larger strides."""

    PURE_NOISE_SHARE = 0.7
    """Of the new batches' samples: those that come back have left pure noise."""

    RESTING = 12

    STRIDES = (0.1, 0.5)
    """How far the sampler's time, 1 at pure noise, falls between two calls; one of its eight steps is 0.125."""

    LAST_TIME = 0.06
    """Of that time, below which no call happens: sigma 0.16."""

    OWN_ABOVE = 0.4
    """Of that time: below it (sigma 0.67) the truth is shown again. On its own answers down to the end, the network learns to
    stay at the mean of what may be meant, which is a soft blot; shown the truth under little noise, it learns to finish a thing."""

    def __init__(self, share: float, choice: np.random.Generator, rng: np.random.Generator):
        self.share, self.choice, self.rng = share, choice, rng
        self.resting: list[Seen] = []

    def next(self) -> Seen | None:
        """A batch to go on with at a lower sigma, None where a new one is due."""
        if len(self.resting) < self.RESTING or self.choice.random() >= self.share:
            return None
        seen = self.resting.pop(int(self.choice.integers(len(self.resting))))
        shift, strides = math.exp(NANO_SHIFT), self.rng.uniform(*self.STRIDES, len(seen.sigma)).astype(np.float32)
        time = seen.sigma / (shift - (shift - 1) * seen.sigma)
        time = torch.maximum(time - upload(torch.from_numpy(strides), time.device), time.clamp(max=self.LAST_TIME))
        own = (time >= self.OWN_ABOVE)[:, None, None]
        return replace(
            seen, sigma=shift * time / (1 + (shift - 1) * time), believed=torch.where(own, seen.believed, seen.batch.target)
        )

    def keep(self, seen: Seen, believed: Tensor) -> None:
        """Lets a batch rest after a call; believed [B, N, 64]: the target that its answer amounts to."""
        calls = seen.calls + 1
        if self.share and calls < self.CALLS:
            self.resting = [*self.resting[-self.RESTING :], replace(seen, believed=believed, calls=calls)]


class BatchSampler:
    """Draws batches of one grid and one padded text length, every pair once an epoch, new shards as they appear."""

    def __init__(self, cache: Cache | MemoryCache, size: int, rng: np.random.Generator, order: np.random.Generator | None = None):
        """order: breaks ties between groups; alike on all ranks, these take turns alike."""
        self.cache, self.size, self.rng, self.order = cache, size, rng, order or rng
        self.known = 0
        self.groups: dict[tuple, list[int]] = {}
        self.waiting: dict[tuple, list[int]] = {}
        self.passes: dict[tuple, float] = {}
        self.refresh()

    def refresh(self) -> None:
        self.cache.refresh()
        for index in range(self.known, len(self.cache)):
            key = (self.cache.grid(index), padded_length(self.cache.text_length(index)))
            self.groups.setdefault(key, []).append(index)
            self.waiting.setdefault(key, []).append(index)
            self.passes.setdefault(key, 0.0)
        self.known = len(self.cache)

    def next_group(self) -> tuple[tuple[int, int], int]:
        """(grid, padded text length) of the group that was seen least, relative to its size; the random part breaks ties."""
        return min(self.groups, key=lambda k: (self.passes[k] + self.order.random() * self.size) / len(self.groups[k]))

    def draw(self, times: float = 1, group: tuple | None = None) -> list[Encoded]:
        """`times` as many pairs as usual, at least one, of `group` or of the next one."""
        size = max(1, round(times * self.size))
        key = group or self.next_group()
        waiting, chosen = self.waiting[key], []
        while len(chosen) < size:
            if not waiting:
                waiting.extend(self.groups[key])
            chosen.append(waiting.pop(self.rng.integers(len(waiting))))
        self.passes[key] += size
        return [self.cache[index] for index in chosen]
