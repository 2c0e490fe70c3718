"""The photos with their subject mattes, and random views of them."""

import functools
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from data.marks import Face, Head, face_of, is_matte_checked, marked_head, person_head

SAMPLE_IDS = frozenset((
    "portraits-female-512-40", "portraits-male-512-71", "dreambooth-dataset-dog7-02", "dreambooth-dataset-cat-01",
    "dreambooth-dataset-bear-plushie-01", "dreambooth-dataset-duck-toy-03", "dreambooth-dataset-teapot-01",
    "dreambooth-dataset-backpack-02",
))  # fmt: skip
"""Photos shipped inside the app as samples; never trained on."""

HELD_OUT_ONE_IN = 20
CLOSE_UPS = 0.35  # Share of views of a photo with a known, small head that are drawn about it: what is worn needs room
SHARP_ENOUGH = 0.97  # Share of a matte's pixels that must be surely in or out for the matte to be believed

_SET_WEIGHT = {
    "portraits": 2.0, "dreambooth": 2.0, "pets": 1.5, "cats": 1.5, "coco": 1.5, "clothing": 0.5, "coworking": 0.3,
    "scenery": 1.5, "wallpapers": 1.5,
}  # fmt: skip
"""How often a photo of the set is drawn: users bring people, pets and toys; garments and empty offices are alike."""

PEOPLE = ("woman", "man", "person")  # Human subjects
PLACES = ("scene", "room", "landscape")  # Subjects all of which is background where no clear subject was found


class PhotoError(Exception):
    """A photo, its matte or the index cannot be read; the message says what to do."""


@dataclass(frozen=True)
class PhotoInfo:
    """A line of photos.jsonl. coverage: mean matte, 0..1; sharp: share of pixels that are surely in or out, 0..1."""

    id: str
    set: str
    subject: str
    coverage: float
    sharp: float

    @property
    def weight(self) -> float:
        """Relative frequency of this photo in training; 0 for a subject without a trusted matte."""
        if not self.has_subject and self.subject not in PLACES:
            # There is a subject, but nobody knows exactly where: "the background" would be a guess.
            return 0.0
        return _SET_WEIGHT.get(self.set, 1.0)

    @property
    def has_subject(self) -> bool:
        return is_trusted(self.sharp, self.coverage)


@dataclass
class Photo:
    """A decoded photo or a view of one. image: uint8 [H, W, 3] RGB; matte: float32 [H, W], 0..1, of the salient
    subject; face, head: its own where they are known; backdrop: id of the photo behind a pasted subject, or "plain"."""

    id: str
    subject: str
    image: np.ndarray
    matte: np.ndarray
    sharp: float
    coverage: float
    face: Face | None = None
    head: Head | None = None
    backdrop: str | None = None

    @property
    def has_subject(self) -> bool:
        return is_trusted(self.sharp, self.coverage)


def is_trusted(sharp: float, coverage: float) -> bool:
    """Does a matte with these figures (both 0..1) show a clear subject of a fair size, for edits that need one?"""
    return sharp >= SHARP_ENOUGH and 0.03 <= coverage <= 0.75


def is_held_out(photo_id: str) -> bool:
    """Is the photo kept for evaluation (one in twenty by the SHA-1 of its id, and all samples of the app)?"""
    return photo_id in SAMPLE_IDS or int(hashlib.sha1(photo_id.encode()).hexdigest(), 16) % HELD_OUT_ONE_IN == 0


def load_index(data_dir: str | Path) -> list[PhotoInfo]:
    """All photos of data_dir/photos.jsonl, in file order. Raises PhotoError when the index is missing."""
    path = Path(data_dir) / "photos.jsonl"
    if not path.is_file():
        remedy = "set PHOTODOODLE_DATA to the folder that holds photos.jsonl, photos/ and masks/"
        raise PhotoError(f"{path} is missing: {remedy}")
    names = PhotoInfo.__dataclass_fields__
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    infos = (PhotoInfo(**{name: record[name] for name in names}) for record in records)
    return [replace(info, sharp=1.0) if is_matte_checked(info.id) else info for info in infos]


@functools.lru_cache(maxsize=4096)
def _decode(image_path: str, matte_path: str) -> tuple[np.ndarray, np.ndarray]:
    image = cv2.imread(image_path, cv2.IMREAD_COLOR)
    matte = cv2.imread(matte_path, cv2.IMREAD_GRAYSCALE)
    if image is None or matte is None:
        missing = image_path if image is None else matte_path
        raise PhotoError(f"{missing} cannot be read: fetch the data folder again")
    if image.shape[:2] != matte.shape:
        raise PhotoError(f"{matte_path} is {matte.shape}, its photo {image.shape[:2]}: make the matte again")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB), matte


def load_photo(info: PhotoInfo, data_dir: str | Path) -> Photo:
    """Decode a photo and its matte; decoded arrays stay cached in memory (about 1 MB a photo). Raises PhotoError."""
    folder = Path(data_dir)
    image, matte = _decode(str(folder / "photos" / f"{info.id}.jpg"), str(folder / "masks" / f"{info.id}.png"))
    matte, (height, width) = matte.astype(np.float32) / 255.0, matte.shape
    face, head = face_of(info.id, width, height), marked_head(info.id, folder, width, height)
    if head is None and face is not None and info.subject in PEOPLE:
        head = person_head(face, matte if info.sharp >= SHARP_ENOUGH else None)
    return Photo(info.id, info.subject, image, matte, info.sharp, info.coverage, face, head)


def random_view(photo: Photo, size_hw: tuple[int, int], rng: Generator) -> Photo:
    """A random crop, flip and colour jitter of the photo at size_hw = (H, W) pixels, the aspect ratio kept. A trusted
    subject stays mostly inside, preferably with room above it; a small head sometimes fills the view instead."""
    height, width = size_hw
    x, y, crop_width, crop_height = _choose_crop(photo, width / height, rng)
    image = photo.image[y : y + crop_height, x : x + crop_width]
    matte = photo.matte[y : y + crop_height, x : x + crop_width]
    image, matte = resize(image, size_hw), np.clip(resize(matte, size_hw), 0.0, 1.0)
    flipped = rng.random() < 0.5
    if flipped:
        image, matte = cv2.flip(image, 1), cv2.flip(matte, 1)
    scale = width / crop_width
    face, head = move_marks(photo, scale, -x * scale, -y * scale, size_hw, flipped)
    return replace(photo, image=jitter(image, rng), matte=matte, coverage=float(matte.mean()), face=face, head=head)


def move_marks(
    photo: Photo, scale: float, dx: float, dy: float, size_hw: tuple[int, int], flipped: bool
) -> tuple[Face | None, Head | None]:
    """The photo's face and head in a view of (H, W) pixels: scaled, shifted, flipped; None where it cuts them."""
    height, width = size_hw
    moved = lambda marks: marks.moved(scale, dx, dy, width if flipped else None).seen(height, width)
    return tuple(marks and moved(marks) for marks in (photo.face, photo.head))


def resize(array: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Area filter when shrinking, bicubic when growing; any dtype OpenCV takes, [h, w] or [h, w, C] to size_hw."""
    height, width = size_hw
    shrinking = height <= array.shape[0] and width <= array.shape[1]
    method = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(array), (width, height), interpolation=method)


def _choose_crop(photo: Photo, aspect: float, rng: Generator) -> tuple[int, int, int, int]:
    """(x, y, width, height) of a crop of the given aspect; best of a few draws by how much of the subject it keeps."""
    rows, cols = photo.matte.shape
    full_width = min(cols, rows * aspect)
    close_up = _close_up(photo, aspect, full_width, rng)
    if close_up is not None:
        return close_up
    ys, xs = np.nonzero(photo.matte[::4, ::4] > 0.5)
    best, best_score = None, -10.0
    for _ in range(16):
        crop_width = full_width * rng.uniform(0.7, 1.0)
        crop_height = crop_width / aspect
        x, y = rng.uniform(0, cols - crop_width), rng.uniform(0, rows - crop_height)
        crop = (int(x), int(y), max(1, int(crop_width)), max(1, int(crop_height)))
        if not photo.has_subject or len(xs) == 0:
            return crop
        inside = int(xs.min()) * 4, int(ys.min()) * 4, int(xs.max()) * 4 + 4, int(ys.max()) * 4 + 4
        # Room above is for hats; a cut-off head costs more than anything else.
        room_above = np.clip((inside[1] - y) / crop_height, -0.3, 0.2)
        score = 2.0 * _kept_share(inside, crop) + 1.2 * float(room_above)
        if score > best_score:
            best, best_score = crop, score
    return best


def _close_up(photo: Photo, aspect: float, full_width: float, rng: Generator) -> tuple[int, int, int, int] | None:
    if photo.head is None or rng.random() >= CLOSE_UPS:
        return None
    # 2 to 4.5 heads: head, hat and shoulders. Fewer than 150 pixels would be blurred.
    side = max(150.0, np.sqrt(photo.head.width * photo.head.height) * rng.uniform(2.0, 4.5))
    crop_width = side * np.sqrt(aspect)
    crop_height = crop_width / aspect
    if crop_width > 0.85 * full_width:
        return None
    rows, cols = photo.matte.shape
    x, y = photo.head.crown - np.array((rng.uniform(0.36, 0.64) * crop_width, rng.uniform(0.28, 0.5) * crop_height))
    x, y = np.clip(x, 0, cols - crop_width), np.clip(y, 0, rows - crop_height)
    return int(x), int(y), int(crop_width), int(crop_height)


def _kept_share(box: tuple[int, int, int, int], crop: tuple[int, int, int, int]) -> float:
    x0, y0, x1, y1 = box
    x, y, width, height = crop
    kept_x = max(0, min(x1, x + width) - max(x0, x))
    kept_y = max(0, min(y1, y + height) - max(y0, y))
    return kept_x * kept_y / max(1, (x1 - x0) * (y1 - y0))


def jitter(image: np.ndarray, rng: Generator) -> np.ndarray:
    """Mild brightness, contrast and saturation changes, as another camera would give."""
    gain, offset, saturation = rng.uniform(0.92, 1.08), rng.uniform(-8, 8), rng.uniform(0.85, 1.15)
    pixels = image.astype(np.float32)
    grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    pixels = grey[..., None] + (pixels - grey[..., None]) * saturation
    return np.clip((pixels - 128) * gain + 128 + offset, 0, 255).astype(np.uint8)


def told_matte(matte: np.ndarray, rng: Generator) -> np.ndarray:
    """What a network in training is told of a matte (float32 [H, W]): one in ten is missing, one in five blurred."""
    fate = rng.random()
    if fate < 0.1:
        return np.zeros_like(matte)
    if fate < 0.3:
        return cv2.GaussianBlur(matte, (0, 0), float(np.sqrt(matte.size) * rng.uniform(0.004, 0.02)))
    return matte


def random_shape(rng: Generator, side: int) -> tuple[int, int]:
    """(H, W) of a view: from 3:4 to 4:3, of side * side pixels."""
    aspect = float(np.exp(rng.uniform(-1, 1) * np.log(4 / 3)))
    return round(side / aspect**0.5), round(side * aspect**0.5)
