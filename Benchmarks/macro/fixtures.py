"""Upstream repositories of generated files. Made once, kept: their bytes depend on nothing but their names."""

import hashlib
import os


def file_repository(root, count, size=256, label=None):
    """A folder below `root` with `count` distinct small files in sub-folders of a thousand, and their PULP_MANIFEST.

    Two folders with different labels have no file in common.
    """
    label = label or f"file{count}"
    folder = os.path.join(root, label)
    if os.path.exists(os.path.join(folder, "PULP_MANIFEST")):
        return folder
    lines = []
    for index in range(count):
        parent = f"d{index // 1000:03d}"
        if index % 1000 == 0:
            os.makedirs(os.path.join(folder, parent), exist_ok=True)
        lines.append(_write(folder, f"{parent}/f{index:06d}.bin", f"{label}-{index:08d}-", size))
    _finish(folder, lines)
    return folder


def static_files(root, sizes):
    """A folder with one file for each name and size in `sizes`."""
    folder = os.path.join(root, "static")
    if os.path.exists(os.path.join(folder, "PULP_MANIFEST")):
        return folder
    os.makedirs(folder, exist_ok=True)
    _finish(folder, [_write(folder, name, name, size) for name, size in sizes.items()])
    return folder


def grown(root, base, count, additions, label):
    """A repository like `base`'s first `count` files, the last `additions` of which are others."""
    folder = os.path.join(root, label)
    if os.path.exists(os.path.join(folder, "PULP_MANIFEST")):
        return folder
    with open(os.path.join(base, "PULP_MANIFEST")) as manifest:
        lines = manifest.read().splitlines()[: count - additions]
    os.makedirs(os.path.join(folder, "extra"), exist_ok=True)
    # Only a sync that downloads nothing reads this: the old files need not be here.
    lines += [_write(folder, f"extra/{label}{index:06d}.bin", f"{label}-{index:08d}-", 256) for index in range(additions)]
    _finish(folder, lines)
    return folder


def _write(folder, path, seed, size):
    body = (seed.encode() * (size // len(seed) + 1))[:size]
    with open(os.path.join(folder, path), "wb") as file:
        file.write(body)
    return f"{path},{hashlib.sha256(body).hexdigest()},{len(body)}"


def _finish(folder, lines):
    """The manifest comes last and at once: a folder that has one is complete."""
    unfinished = os.path.join(folder, "PULP_MANIFEST.new")
    with open(unfinished, "w") as manifest:
        manifest.write("".join(line + "\n" for line in lines))
    os.rename(unfinished, os.path.join(folder, "PULP_MANIFEST"))
