"""Pasted subjects and the wall between training and held-out photos, on a small made-up data folder."""

import json

import cv2
import numpy as np
import pytest

from data.marks import Face, Head
from data.photos import Photo, is_held_out, random_view
from data.pool import PhotoPool, paste_subject, plain_backdrop

BODY, WALL = (40, 200, 60), (200, 60, 40)


def figure(touching: str = "", face: bool = False) -> Photo:
    """A green figure on a red wall; touching: the border that cuts it ("bottom", "sides", "top" or none)."""
    image = np.full((240, 320, 3), WALL, np.uint8)
    matte = np.zeros((240, 320), np.float32)
    x0, x1 = (0, 320) if touching == "sides" else (110, 210)
    y0, y1 = (0 if touching == "top" else 50), (240 if touching in ("bottom", "sides") else 210)
    matte[y0:y1, 130:190] = 1.0
    matte[(y0 + y1) // 2 : y1, x0:x1] = 1.0
    image[matte > 0] = BODY
    marks = Face(((148.0, 70.0), (172.0, 70.0)), (160.0, 95.0)) if face else None
    head = Head((130.0, 50.0, 190.0, 110.0), (160.0, 56.0)) if face else None
    return Photo("figure", "dog", image, matte, 0.99, float(matte.mean()), marks, head)


def backdrop(height: int = 192, width: int = 192) -> np.ndarray:
    return np.full((height, width, 3), (60, 70, 200), np.uint8)


@pytest.mark.parametrize("size", [(192, 192), (160, 224), (256, 144)])
def test_a_pasted_subject_matches_its_matte_and_hides_its_old_wall(size):
    for seed in range(6):
        view = paste_subject(figure(), backdrop(*size), np.random.default_rng(seed))
        assert view.image.shape == (*size, 3) and view.matte.shape == size
        assert view.coverage == pytest.approx(float(view.matte.mean()))
        green = view.image[..., 1].astype(int) > view.image[..., 2]
        assert ((view.matte > 0.5) == green).mean() > 0.99
        red = view.image[..., 0].astype(int) > view.image[..., 1].astype(int) + 40
        assert red.mean() < 0.002, "no fringe of the old wall"
        ys, xs = np.nonzero(view.matte > 0.5)
        assert ys.min() > 0 and ys.max() < size[0] - 1 and xs.min() > 0 and xs.max() < size[1] - 1


def test_a_cut_off_subject_stays_at_the_border():
    for seed in range(6):
        view = paste_subject(figure("bottom"), backdrop(), np.random.default_rng(seed))
        assert view.matte[-1].max() > 0.9 and view.matte[0].max() < 0.1
    spanning = paste_subject(figure("sides"), backdrop(), np.random.default_rng(0))
    assert spanning.matte[-1, [1, -2]].min() > 0.9
    # Shoulders too wide for the view; a head that is cut off cannot be repaired.
    for subject, wall in ((figure("sides"), backdrop(160, 400)), (figure("top"), backdrop())):
        assert paste_subject(subject, wall, np.random.default_rng(0)) is None


def test_landmarks_follow_pasting_cropping_and_flipping():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        photo = figure(face=True)
        for view in (paste_subject(photo, backdrop(), rng), random_view(photo, (192, 192), rng)):
            if view.face is None or view.head is None:
                continue
            (x0, y0), (x1, y1) = view.face.eyes
            assert x0 < x1 and y0 == pytest.approx(y1) and view.face.mouth[1] > y0
            ys, xs = np.nonzero(view.matte > 0.5)
            top = ys < ys.min() + 0.3 * np.ptp(ys)
            assert (x0 + x1) / 2 == pytest.approx(float(xs[top].mean()), abs=2.5), "eyes in the middle of the head"
            assert view.head.crown[0] == pytest.approx((x0 + x1) / 2, abs=1.0) and view.head.crown[1] < y0
            assert view.head.box[1] == pytest.approx(ys.min(), abs=4), "the head's top is the silhouette's here"
            assert view.head.width == pytest.approx(2.5 * (x1 - x0), rel=0.01)


def test_plain_backdrops_are_light_and_smooth():
    wall = plain_backdrop((96, 128), np.random.default_rng(0))
    assert wall.shape == (96, 128, 3) and wall.dtype == np.uint8
    assert np.abs(np.diff(cv2.GaussianBlur(wall, (0, 0), 3).astype(int), axis=1)).max() < 6


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "masks").mkdir()
    records = []
    for number in range(60):
        photo, subject = figure(), "dog" if number % 2 else "room"
        name = f"photo-{number}"
        matte = photo.matte if subject == "dog" else np.zeros_like(photo.matte)
        cv2.imwrite(str(tmp_path / "photos" / f"{name}.jpg"), photo.image[..., ::-1])
        cv2.imwrite(str(tmp_path / "masks" / f"{name}.png"), matte * 255)
        records.append({"id": name, "set": "pets", "subject": subject, "width": 320, "height": 240,
                        "coverage": float(matte.mean()), "sharp": 0.99, "licence": "CC0"})  # fmt: skip
    (tmp_path / "photos.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return tmp_path


def test_training_and_held_out_photos_never_meet(folder):
    ids = {f"photo-{number}" for number in range(60)}
    assert 0 < sum(map(is_held_out, ids)) < 60
    for held_out, share in ((False, 0.7), (True, 0.5)):
        pool, rng = PhotoPool(folder, held_out, paste_share=share), np.random.default_rng(1)
        views = [pool.view((128, 128), rng) for _ in range(60)]
        used = {view.id for view in views} | {view.backdrop for view in views if view.backdrop not in (None, "plain")}
        assert used <= ids and all(is_held_out(name) == held_out for name in used)


def test_the_share_of_pasted_views(folder):
    pool, rng = PhotoPool(folder), np.random.default_rng(2)
    pasted = np.mean([pool.view((96, 96), rng).backdrop is not None for _ in range(200)])
    assert 0.18 < pasted < 0.38
    assert PhotoPool(folder, held_out=True).paste_share == 0.0, "evaluation shows real photos"


def test_photos_with_a_marked_head_come_up_more_often(folder):
    plain = [name for name in (f"photo-{n}" for n in range(60)) if not is_held_out(name)]
    marked = [name for name in plain if int(name.removeprefix("photo-")) % 2][:3]
    head = {"head": [0.4, 0.2, 0.6, 0.45], "crown": [0.5, 0.22], "facing": "front"}
    records = [{"id": name, **head} for name in marked] + [{"id": plain[-1], **head, "several": True}]
    (folder / "heads.jsonl").write_text("\n".join(map(json.dumps, records)))
    pool, rng = PhotoPool(folder, paste_share=0.0), np.random.default_rng(3)
    views = [pool.view((128, 128), rng) for _ in range(200)]
    assert 0.25 < np.mean([view.id in marked for view in views]) < 0.47
    assert all((view.head is not None) <= (view.id in marked) for view in views)
    assert np.mean([view.head is not None for view in views if view.id in marked]) > 0.7
