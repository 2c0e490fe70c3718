"""Views to draw on: random views of the photos, and subjects cut out by their mattes and pasted before another
backdrop.

Pasting multiplies the photos: the same dog in a room, by the sea, before a plain wall. A pool holds either training
photos or held-out ones, never both, for subjects and backdrops alike."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from data import photos
from data.marks import has_head
from data.photos import PLACES, Photo, PhotoInfo, is_held_out, load_index, load_photo, random_view
from data.wording import one_of

PASTE_SHARE = 0.28  # Share of training views that show a pasted subject
HEAD_SHARE = 0.35  # Share of training views of the few photos with a marked head: hats are asked for most
_BACKDROPS = {"place": 0.5, "blurred": 0.25, "plain": 0.25}  # A photo of a place, any out of focus, a studio wall
_EDGE = 3  # Pixels from the photo's border within which a subject counts as cut off by it


class PhotoPool:
    """The photos of a data folder, drawn by weight. held_out: those kept for evaluation, else the others."""

    def __init__(self, folder: str | Path, held_out: bool = False, paste_share: float | None = None) -> None:
        self._folder = folder
        self.infos = [info for info in load_index(folder) if is_held_out(info.id) == held_out and info.weight > 0]
        self.paste_share = (0.0 if held_out else PASTE_SHARE) if paste_share is None else paste_share
        boost = 0.0 if held_out else HEAD_SHARE
        self._shares = _shares(self.infos, folder, boost)
        self._subjects = [info for info in self.infos if info.has_subject and info.subject not in PLACES]
        self._subject_shares = _shares(self._subjects, folder, boost)
        self._places = [info for info in self.infos if info.subject in PLACES and not info.has_subject]

    def view(self, size_hw: tuple[int, int], rng: np.random.Generator) -> Photo:
        """A random view of (H, W) pixels; `paste_share` of them show a pasted subject. Raises PhotoError."""
        if self._subjects and rng.random() < self.paste_share:
            for _ in range(4):
                subject = self._drawn(self._subjects, self._subject_shares, rng)
                name, backdrop = self._backdrop(size_hw, rng)
                pasted = paste_subject(subject, backdrop, rng)
                if pasted is not None:
                    return replace(pasted, backdrop=name)
        return random_view(self._drawn(self.infos, self._shares, rng), size_hw, rng)

    def _drawn(self, infos: list[PhotoInfo], shares: np.ndarray, rng: np.random.Generator) -> Photo:
        return load_photo(infos[int(rng.choice(len(infos), p=shares))], self._folder)

    def _backdrop(self, size_hw: tuple[int, int], rng: np.random.Generator) -> tuple[str, np.ndarray]:
        """(photo id or "plain", uint8 [H, W, 3])."""
        kind = rng.choice(tuple(_BACKDROPS), p=tuple(_BACKDROPS.values()))
        if kind == "plain" or (kind == "place" and not self._places):
            return "plain", plain_backdrop(size_hw, rng)
        scale = float(np.sqrt(size_hw[0] * size_hw[1]))
        if kind == "blurred":
            view = random_view(self._drawn(self.infos, self._shares, rng), size_hw, rng)
            # So far out of focus that whoever was there is only colour.
            return view.id, cv2.GaussianBlur(view.image, (0, 0), scale * rng.uniform(0.07, 0.12))
        view = random_view(load_photo(one_of(rng, self._places), self._folder), size_hw, rng)
        if rng.random() < 0.5:
            return view.id, cv2.GaussianBlur(view.image, (0, 0), scale * rng.uniform(0.004, 0.02))
        return view.id, view.image


def _shares(infos: list[PhotoInfo], folder: str | Path, head_share: float) -> np.ndarray:
    """How often each photo is drawn; those with a marked head together `head_share` of the time."""
    weights = np.array([info.weight for info in infos])
    marked = np.array([has_head(info.id, folder) for info in infos], bool)
    shares = weights / max(weights.sum(), 1e-9)
    if head_share and marked.any() and not marked.all():
        head_share = max(head_share, float(shares[marked].sum()))
        for part, share in ((marked, head_share), (~marked, 1.0 - head_share)):
            shares[part] *= share / max(float(shares[part].sum()), 1e-9)
    return shares / max(shares.sum(), 1e-9)


def plain_backdrop(size_hw: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A studio wall: one soft colour, lighter about a random point, a trace of grain. uint8 [H, W, 3]."""
    height, width = size_hw
    hue, saturation, value = rng.uniform(0, 180), rng.uniform(10, 120), rng.uniform(90, 240)
    colour = cv2.cvtColor(np.uint8([[[hue, saturation, value]]]), cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = np.hypot((xs / width - rng.uniform(0.2, 0.8)), (ys / height - rng.uniform(0.1, 0.6)))
    light = 1.12 - rng.uniform(0.15, 0.5) * distance
    grain = rng.normal(0, 2.0, (height, width, 1)).astype(np.float32)
    return np.clip(colour * light[..., None] + grain, 0, 255).astype(np.uint8)


def paste_subject(photo: Photo, backdrop: np.ndarray, rng: np.random.Generator) -> Photo | None:
    """The subject of a photo with a trusted matte before a backdrop (uint8 [H, W, 3]); None where it would look cut
    off. One that its photo's border cuts keeps that side at the border; others stand free in the lower part."""
    height, width = backdrop.shape[:2]
    place = _place(photo, height, width, rng)
    if place is None:
        return None
    (x0, y0, x1, y1), scale, left, top = place
    image, matte = photo.image[y0:y1, x0:x1], photo.matte[y0:y1, x0:x1]
    size = (max(1, round((y1 - y0) * scale)), max(1, round((x1 - x0) * scale)))
    flipped = rng.random() < 0.5
    image, matte = photos.resize(image, size), np.clip(photos.resize(matte, size), 0.0, 1.0)
    if flipped:
        image, matte = cv2.flip(image, 1), cv2.flip(matte, 1)
        left = width - left - size[1]
    colour, alpha = _clean_edge(photos.jitter(image, rng), matte)
    picture, full = backdrop.astype(np.float32), np.zeros((height, width), np.float32)
    rows, cols = slice(max(0, top), min(height, top + size[0])), slice(max(0, left), min(width, left + size[1]))
    part = (slice(rows.start - top, rows.stop - top), slice(cols.start - left, cols.stop - left))
    full[rows, cols] = alpha[part]
    colour = _match(colour[part], alpha[part], picture, float(rng.uniform(0.1, 0.3)))
    if top + size[0] < height - 1:
        _shadow(picture, left, top, size)
    keep = 1.0 - full[rows, cols][..., None]
    picture[rows, cols] = picture[rows, cols] * keep + colour * full[rows, cols][..., None]
    pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    start = left if not flipped else width - left - size[1]
    face, head = photos.move_marks(photo, scale, start - x0 * scale, top - y0 * scale, (height, width), flipped)
    return replace(photo, image=pixels, matte=full, coverage=float(full.mean()), face=face, head=head)


def _place(photo: Photo, height: int, width: int, rng: np.random.Generator) -> tuple[tuple, float, int, int] | None:
    """(box in the photo, scale, left, top in the view) for the subject; None when no plausible place exists."""
    ys, xs = np.nonzero(photo.matte > 0.1)
    if len(xs) == 0:
        return None
    x0, y0, x1, y1 = int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1
    rows, cols = photo.matte.shape
    box_width, box_height = x1 - x0, y1 - y0
    if y0 < _EDGE or min(box_width, box_height) < 60:
        return None
    cut_left, cut_right, cut_bottom = x0 < _EDGE, x1 > cols - _EDGE, y1 > rows - _EDGE
    if cut_left and cut_right:
        scale = 1.02 * width / box_width
        # Shoulders that span the photo must span the view and end at its lower edge, with room for the head.
        if not cut_bottom or not 0.5 * height < box_height * scale < 0.93 * height:
            return None
    else:
        least, most = (0.62, 0.86) if cut_bottom else (0.52, 0.8)
        scale = float(rng.uniform(least, most)) * height / box_height
        scale = min(scale, float(rng.uniform(0.6, 0.85)) * width / box_width)
    if scale > 1.6:
        return None
    drawn_width, drawn_height = round(box_width * scale), round(box_height * scale)
    if drawn_width * drawn_height < 0.07 * width * height:
        return None
    if cut_left or cut_right:
        left = (width - drawn_width) // 2 if cut_left and cut_right else 0 if cut_left else width - drawn_width
    else:
        left = round(float(rng.uniform(0.04, 0.96)) * max(0, width - drawn_width))
    bottom = height if cut_bottom else round(height * float(rng.uniform(0.84, 0.97)))
    return (x0, y0, x1, y1), scale, left, bottom - drawn_height


def _clean_edge(image: np.ndarray, matte: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(colour float32 [h, w, 3] without the old background's fringe, alpha float32 [h, w], feathered)."""
    pixels = image.astype(np.float32)
    inner = (matte > 0.92).astype(np.float32)
    sigma = max(1.0, np.sqrt(matte.size) / 60)
    weight = cv2.GaussianBlur(inner, (0, 0), sigma)
    spread = cv2.GaussianBlur(pixels * inner[..., None], (0, 0), sigma) / np.maximum(weight, 1e-3)[..., None]
    known = np.maximum(inner, (weight < 0.02).astype(np.float32))[..., None]
    alpha = np.clip((cv2.GaussianBlur(matte, (0, 0), 0.7) - 0.12) / 0.8, 0.0, 1.0)
    return pixels * known + spread * (1.0 - known), alpha


def _match(colour: np.ndarray, alpha: np.ndarray, backdrop: np.ndarray, share: float) -> np.ndarray:
    """Draw the subject's mean colour towards the backdrop's by share, as common light would."""
    weight = max(1.0, float(alpha.sum()))
    own = (colour * alpha[..., None]).sum(axis=(0, 1)) / weight
    gain = np.clip((backdrop[::4, ::4].mean(axis=(0, 1)) + 20) / (own + 20), 0.6, 1.6)
    return np.clip(colour * (1.0 + share * (gain - 1.0)), 0, 255)


def _shadow(picture: np.ndarray, left: int, top: int, size: tuple[int, int]) -> None:
    """Darken the ground under a free-standing subject, in place."""
    height, width = picture.shape[:2]
    shade = np.zeros((height, width), np.float32)
    centre = (left + size[1] // 2, top + size[0] - max(1, size[0] // 50))
    cv2.ellipse(shade, centre, (max(1, int(0.46 * size[1])), max(1, int(0.05 * size[0]))), 0, 0, 360, 1.0, -1)
    shade = cv2.GaussianBlur(shade, (0, 0), max(1.0, 0.03 * size[0]))
    picture *= 1.0 - 0.4 * shade[..., None]
