"""Redraws the vocabulary in the manner of each hand (configs/hands.toml)."""

import functools
import tarfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from configs import options
from data.artwork import decode, load_artwork, trim
from data.hands import hand_pictures, save_hand
from data.settings import work_dir
from data.styles.redraw import Art
from data.styles.things import RENDERERS
from data.things import BY_NAME
from data.thousand import nouns, slug
from scripts.artwork import NAMES, fetch_package, icon_set, rasterise, read_json

SOLID = ("@lobehub/fluent-emoji-3d", "1.1.0")
GLYPHS = ("fluent-emoji-high-contrast", "1.2.6")


@functools.cache
def _packages(cache: Path) -> tuple[dict, dict, dict[str, bytes]]:
    """(nouns by name, the icon set of one ink, WebP files by code points)."""
    emoji = read_json(fetch_package(*NAMES, cache), "en/data.json", "meta/groups.json")
    by_name = {noun.name: noun for noun in nouns(*emoji)}
    glyphs = icon_set(*GLYPHS, cache)
    with tarfile.open(fetch_package(*SOLID, cache)) as files:
        # Read once: looking for one file in a compressed archive reads all before it.
        pictures = [m for m in files.getmembers() if m.name.endswith(".webp")]
        return by_name, glyphs, {_code(Path(m.name).stem): files.extractfile(m).read() for m in pictures}


def _code(name: str) -> str:
    return name.lower().replace("-fe0f", "").removeprefix("fe0f-")


def art_of(name: str, flat: np.ndarray, cache: Path) -> Art:
    """Everything there is to redraw a thing from. flat: its flat artwork, uint8 [h, w, 4], straight alpha."""
    by_name, glyphs, solid = _packages(cache)
    noun = by_name.get(name)
    if noun is None or BY_NAME[name].art is None:
        return Art(name, flat)
    glyph = rasterise(glyphs, slug(noun.label))
    file = solid.get(_code(noun.hexcode))
    rendering = None if file is None else trim(decode(np.frombuffer(file, np.uint8)))
    return Art(name, flat, None if glyph is None else glyph[..., 3], rendering)


def _redraw(job: tuple[str, str, np.ndarray, Path]) -> tuple[str, np.ndarray]:
    hand, name, flat, cache = job
    art = art_of(name, flat, cache)
    # Seeded by name: an atlas made again is the same atlas.
    rng = np.random.default_rng(zlib.crc32(f"{hand} {name} 0".encode()))
    return name, RENDERERS[hand](art, rng)


def flat_artwork() -> dict[str, np.ndarray]:
    """Name -> flat artwork of the vocabulary, of the first family that has it."""
    order = ("fluent-emoji-flat", "drawn-0", "noto", "emojione", "noto-v1")
    artwork, rank = load_artwork(work_dir()), {family: at for at, family in enumerate(order)}
    first = lambda name: min(artwork.sprites(name), key=lambda sprite: rank.get(sprite.family, 9))
    return {name: first(name).rgba for name in artwork.names}


def hands(argv: Sequence[str] | None = None) -> None:
    args, cache = options("hands", argv), work_dir() / "artwork" / "npm"
    flats = {name: flat for name, flat in flat_artwork().items() if not args.things or name in args.things}
    for hand in args.hands:
        path = work_dir() / args.out / f"hands-{hand}.npz"
        kept = hand_pictures(path) if (args.things or args.missing) and path.is_file() else []
        jobs = [(hand, name, flat, cache) for name, flat in flats.items()]
        if args.missing:
            known = {name for name, _ in kept}
            jobs = [job for job in jobs if job[1] not in known]
        with ProcessPoolExecutor(args.processes) as pool:
            drawn = list(pool.map(_redraw, jobs, chunksize=8))
        redrawn = {name for name, _ in drawn}
        drawn += [(name, picture) for name, picture in kept if name not in redrawn]
        save_hand(path, drawn)
        print(f"{len(jobs)} things redrawn: {len(drawn)} pictures in {path}", flush=True)
