"""Processes that compose training pairs and hand them to a trainer through shared memory.

Each process draws views and edits on one thread and writes the pictures into a slot of a block of memory that all share; only
the slot's number and small facts go through a queue. A slot is free again once its pictures are encoded, so the processes
never run far ahead of the trainer.
"""

import multiprocessing
import os
import queue
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from nano.cache import subject_tokens, token_mask
from nano.settings import data_dir, work_dir
from nano.sizes import buckets
from nano.stream import View

if TYPE_CHECKING:  # the generator is imported by the processes that compose: the trainer needs none of its libraries
    from pairs.pair import Pair

PAIRS_PER_VIEW = 4
MAX_MISSES = 12  # a renderer may refuse a view; after this many refusals another view is taken
SLOTS_PER_WORKER = 4
PATIENCE_SECONDS = 5  # between looks at whether the other side still lives

Draw = Callable[[np.random.Generator, tuple[int, int]], "list[Pair]"]
"""Pairs on one new view of (H, W) pixels; an empty list when nothing fits it."""


class ComposeError(Exception):
    """A composing process ended; its traceback is on stderr."""


@dataclass(frozen=True)
class Job:
    """What to compose: `kind` is "pretrain" or a style; `held_out` takes only the photos kept for evaluation.

    Called in the process that composes, it loads photos and artwork and gives a Draw.
    """

    kind: str
    held_out: bool = False

    def __call__(self) -> Draw:
        from pairs.pool import PhotoPool
        from pairs.pretrain import PairError

        pool, render = PhotoPool(data_dir(), self.held_out), renderer(self.kind)

        def draw(rng: np.random.Generator, shape: tuple[int, int]) -> "list[Pair]":
            view, pairs = pool.view(shape, rng), []
            for _ in range(MAX_MISSES):
                try:
                    pairs.append(render(rng, view))
                except (PairError, ValueError):
                    continue
                if len(pairs) == PAIRS_PER_VIEW:
                    break
            return pairs

        return draw


def renderer(kind: str) -> "Callable[[np.random.Generator, object], Pair]":
    """Function (rng, view) -> Pair that raises PairError or ValueError when no doodle fits the view."""
    if kind == "pretrain":
        from pairs.artwork import load_artwork
        from pairs.pretrain import make_pretrain_pair

        artwork = load_artwork(work_dir())
        return lambda rng, view: make_pretrain_pair(rng, view, artwork)
    from pairs.styles import make_style_pair

    return lambda rng, view: make_style_pair(kind, rng, view)


def view_of(pairs: "list[Pair]") -> View:
    """Pairs on one view, each different picture once."""
    images: list[np.ndarray] = []

    def number(image: np.ndarray) -> int:
        for i, known in enumerate(images):
            if known is image or np.array_equal(known, image):
                return i
        images.append(image)
        return len(images) - 1

    source, target = [number(pair.source) for pair in pairs], [number(pair.target) for pair in pairs]
    masks = np.stack([token_mask(pair.alpha) for pair in pairs]).astype(np.float16)
    subjects = np.stack([subject_tokens(pair.matte, pair.alpha.shape) for pair in pairs]).astype(np.float16)
    return View(np.stack(images), source, target, masks, [pair.text for pair in pairs], [pair.meta for pair in pairs], subjects)


def compose_views(job: Callable[[], Draw], size: int, pairs: int, seed: int) -> list[View]:
    """At least `pairs` pairs composed here and now, the same for the same seed: for validation."""
    shapes = buckets(size)
    draw, rng, views = job(), np.random.default_rng(seed), []
    for turn in range(100 * pairs):
        found = draw(rng, list(shapes)[turn % len(shapes)])
        if found:
            views.append(view_of(found))
        if sum(len(view.texts) for view in views) >= pairs:
            return views
    raise ComposeError(f"only {len(views)} views took an edit: are there held-out photos in {data_dir()}?")


def _work(worker: int, job: Callable[[], Draw], size: int, seed: int, memory, slot_bytes: int, free, done) -> None:
    """A process: fills free slots until it is told to stop or the trainer is gone."""
    os.nice(5)  # the trainer must never wait for a core
    cv2.setNumThreads(1)
    shapes = buckets(size)
    names, shares = list(shapes), np.array(list(shapes.values()))
    draw, rng = job(), np.random.default_rng((seed, worker))
    while True:
        try:
            slot = free.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            if not multiprocessing.parent_process().is_alive():
                return
            continue
        if slot is None:
            return
        pairs: "list[Pair]" = []
        while not pairs:
            pairs = draw(rng, names[int(rng.choice(len(names), p=shares / shares.sum()))])
        view = view_of(pairs)
        shape, view.images = view.images.shape, view.images.reshape(-1)
        _slot(memory, slot_bytes, slot)[: view.images.size] = view.images
        view.images = np.empty(0, np.uint8)
        done.put((slot, shape, view))


def _slot(memory, slot_bytes: int, slot: int) -> np.ndarray:
    return np.frombuffer(memory, np.uint8, slot_bytes, slot * slot_bytes)


class Composers:
    """`workers` processes that compose `job`'s pairs at the sizes of buckets(size); `close` ends them.

    Implements nano.stream.Composing. Raises ComposeError from `ready` when a process ended.
    """

    def __init__(self, job: Callable[[], Draw], size: int, workers: int, seed: int):
        context = multiprocessing.get_context("spawn")
        pixels = max(height * width for height, width in buckets(size))
        self.slot_bytes = 3 * pixels * 2 * PAIRS_PER_VIEW
        slots = SLOTS_PER_WORKER * workers
        self.memory = context.RawArray("B", slots * self.slot_bytes)
        self.free, self.done = context.Queue(), context.Queue()
        for slot in range(slots):
            self.free.put(slot)
        self.held: list[int] = []
        arguments = (job, size, seed, self.memory, self.slot_bytes, self.free, self.done)
        self.processes = [context.Process(target=_work, args=(i, *arguments), daemon=True) for i in range(workers)]
        threads = os.environ.get("OMP_NUM_THREADS")
        os.environ["OMP_NUM_THREADS"] = "1"  # inherited: one thread a process
        for process in self.processes:
            process.start()
        if threads is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = threads

    def ready(self, most: int, wait: bool) -> list[View]:
        views: list[View] = []
        while sum(len(view.texts) for view in views) < most:
            try:
                slot, shape, view = self.done.get(timeout=PATIENCE_SECONDS) if wait and not views else self.done.get_nowait()
            except queue.Empty:
                self._check()
                if wait and not views:
                    continue
                break
            self.held.append(slot)
            view.images = _slot(self.memory, self.slot_bytes, slot)[: int(np.prod(shape))].reshape(shape)
            views.append(view)
        return views

    def release(self) -> None:
        for slot in self.held:
            self.free.put(slot)
        self.held = []

    def close(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join()
        self.processes = []
        for channel in (self.free, self.done):
            channel.cancel_join_thread()  # what is still under way has no reader any more

    def _check(self) -> None:
        failed = [process.exitcode for process in self.processes if process.exitcode is not None]
        if failed:
            self.close()
            raise ComposeError(f"{len(failed)} composing processes ended (exit codes {failed}); a traceback is above")
