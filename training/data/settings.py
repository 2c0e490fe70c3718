"""Where things are. Every folder can be moved with an environment variable."""

import os
from pathlib import Path

REPO_ROOT = Path(__file__).resolve().parents[2]


def _folder(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable, default)).expanduser().resolve()


def data_dir() -> Path:
    """Photos, masks and sketches (`PHOTODOODLE_DATA`, default `../shared/data` beside the repository)."""
    return _folder("PHOTODOODLE_DATA", REPO_ROOT.parent / "shared" / "data")


def text_encoder_dir() -> Path:
    """The cut text encoder (`PHOTODOODLE_MINILM`, default the app's own, public/models/nano/text-encoder)."""
    return _folder("PHOTODOODLE_MINILM", REPO_ROOT / "public" / "models" / "nano" / "text-encoder")


def work_dir() -> Path:
    """Caches, checkpoints and logs (`PHOTODOODLE_WORK`, default `training/runs`, ignored by git)."""
    return _folder("PHOTODOODLE_WORK", REPO_ROOT / "training" / "runs")
