"""Every stage of training by one command: `python training/run.py STAGE [--flag value ...]`.

A stage's recipe is configs/STAGE.toml; `run.py STAGE --help` shows it. Paths count from the work folder.
"""

import sys
from importlib import import_module

STAGES = {
    "artwork": ("scripts.artwork", "once: emoji sets and drawings as atlases"),
    "hands": ("scripts.hands", "once: the vocabulary redrawn by the six artists"),
    "crops": ("scripts.prepare", "once: crops of photos for the drawing's plain samples"),
    "text_encoder": ("scripts.prepare", "only to make the cut text encoder anew"),
    "codec": ("scripts.prepare", "once: the linear codec"),
    "elements": ("train.cache", "cache: elements of pairs, for the drawing"),
    "layouts": ("train.cache", "cache: boxes and words of pairs, for the layout"),
    "heads": ("train.heads", "train the network that finds heads, into the matte network's file"),
    "drawing": ("train.drawing", "train the drawing transformer"),
    "layout": ("train.layout", "train the layout transformer"),
    "style": ("train.style", "train an EditLoRA; the same as train_style.py"),
    "flux": ("train.flux", "train an EditLoRA for FLUX.1-dev"),
    "thing_judge": ("judges.things", "train the judge that reads what was drawn"),
    "style_judge": ("judges.styles", "train the judge that tells the six artists apart"),
    "export": ("scripts.export", "write what the app ships"),
    "sheet": ("scripts.sheet", "a picture of made pairs, to look at"),
    "cases": ("scripts.cases", "parity cases for the engine's tests"),
}
"""Stage -> the module whose function of that name runs it, and what it does."""


def main(argv: list[str]) -> None:
    """Runs a stage; without one, says which there are. Whoever asks for something impossible is told so in one line."""
    if not argv or argv[0] not in STAGES:
        lines = [f"  {name:12s} {what}" for name, (_, what) in STAGES.items()]
        raise SystemExit("\n".join([__doc__, *lines]))
    from data.artwork import ArtworkError
    from data.own import PairsError
    from data.photos import PhotoError

    try:
        getattr(import_module(STAGES[argv[0]][0]), argv[0])(argv[1:])
    except (ArtworkError, PairsError, PhotoError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
