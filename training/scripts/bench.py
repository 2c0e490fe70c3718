"""PyTorch's side of `photodoodle bench`: the same edit with the same weights, told line by line.

python -m scripts.bench PHOTO THREADS MODE ...      # in the folder training

Prints {"version", "modes", "refused"} once, then for each line {"mode", "seed", "anew"} of its input the cost of one
edit: {"wall", "processor"}, milliseconds.
"""

import json
import os
import sys
import time
from collections.abc import Callable

import cv2
import torch

from model.inference import Nano
from model.slots import Box

TEXT = "add a red crown"
BOX = Box(cx=0.475, cy=0.2, w=0.35, h=0.3, kind="front", words=(4, 15))
"""src/engine/checks/bench/stages.ts has the same: what is drawn does not depend on who lays it out."""


def editing(photo_path: str, mode: str) -> Callable[[int, bool], None]:
    nano = Nano.load()
    if "compiled" in mode:
        for network in (nano.layout_net, nano.drawing):
            network.condition = torch.compile(network.condition)
            network.predict = torch.compile(network.predict)
    layer = nano.codec.layer
    nano.codec.layer = lambda *given: layer(*given).float()
    photo = nano.prepare(cv2.cvtColor(cv2.imread(photo_path), cv2.COLOR_BGR2RGB))

    def edit(seed: int, anew: bool) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=mode.startswith("bf16")):
            if not anew:
                nano.layout(photo, TEXT, seed)
            elements = nano.draw(photo, TEXT, [BOX], seed)
        nano.composite(photo, elements)

    for seed in range(3):
        edit(seed, False)
    return edit


def main(photo: str, threads: int, modes: list[str]) -> None:
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    # What compilers print is no answer.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    edits, refused = {}, {}
    for mode in modes:
        try:
            edits[mode] = editing(photo, mode)
        except Exception as error:  # A mode that this machine lacks is said, and left out.
            refused[mode] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    print(json.dumps({"version": torch.__version__, "modes": list(edits), "refused": refused}), file=out, flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        wall, processor = time.perf_counter(), time.process_time()
        edits[told["mode"]](told["seed"], told["anew"])
        cost = {"wall": 1e3 * (time.perf_counter() - wall), "processor": 1e3 * (time.process_time() - processor)}
        print(json.dumps(cost), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
