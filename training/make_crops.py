"""Crops of training photos for the drawing transformer's plain samples: work dir, crops/{photo,matte}.npy.

    python training/make_crops.py [--count 12000] [--held-out]
"""

import argparse

import cv2
import numpy as np

from nano.elements import PHOTO
from nano.settings import data_dir, work_dir
from pairs.pool import PhotoPool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=12_000)
    parser.add_argument("--held-out", action="store_true")
    args = parser.parse_args()
    rng, pool = np.random.default_rng(17), PhotoPool(data_dir(), held_out=args.held_out)
    photos, mattes = [], []
    while len(photos) < args.count:
        view = pool.view((448, 448), rng)
        matte = (view.matte * 255 * (view.sharp >= 0.97)).astype(np.uint8)
        for _ in range(8):
            side = int(np.exp(rng.uniform(np.log(80), np.log(448))))
            y, x = (int(rng.integers(0, 448 - side + 1)) for _ in range(2))
            part = lambda picture: cv2.resize(picture[y : y + side, x : x + side], (PHOTO, PHOTO), interpolation=cv2.INTER_AREA)
            photos.append(part(view.image))
            mattes.append(part(matte))
    out = work_dir() / ("crops-held-out" if args.held_out else "crops")
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "photo.npy", np.stack(photos[: args.count]))
    np.save(out / "matte.npy", np.stack(mattes[: args.count]))
    print(f"{args.count} crops in {out}")


if __name__ == "__main__":
    main()
