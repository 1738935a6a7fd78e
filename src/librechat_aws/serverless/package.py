"""The files of LibreChat's released image in, the package of a web function out: the same bytes for the same files.

The image is made for Alpine: what is built against musl, or for another processor, cannot run in a web function. It is
replaced by what `npm` installs for Linux on arm64 with glibc, or refused by name.
"""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Final

from librechat_aws.errors import PackageError

LIMIT_BYTES: Final = 512 * 1024 * 1024
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_DROPPED_SUFFIXES: Final = (".map", ".md", ".markdown", ".ts", ".tsx", ".flow", ".tsbuildinfo")
_DROPPED_FOLDERS: Final = frozenset(
    {"__tests__", "__mocks__", "test", "tests", ".git", ".github", ".cache", ".husky", "docs"}
)
# Below node_modules a folder called test may be code; our own sources have theirs where they are.
_KEPT_IN_MODULES: Final = frozenset({"test", "tests", "docs"})
# Folders that LibreChat writes to: the code's own folder is read-only.
WRITABLE: Final = {
    "uploads": "uploads",
    "logs": "logs",
    "api/logs": "logs",
    "api/data": "data",
    "client/public/images": "images",
}
SCRATCH: Final = "/tmp/librechat"
_MUSL: Final = re.compile(rb"ld-musl-|libc\.musl-")
_ARM64: Final = 0xB7


@dataclass(frozen=True)
class Package:
    """What was written: the file, its SHA-256, sizes in bytes, and how many entries were dropped or replaced."""

    path: Path
    sha256: str
    zipped: int
    unzipped: int
    files: int
    dropped: int
    replaced: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    """A file's bytes, or the target of a link."""

    content: bytes
    link: bool = False
    executable: bool = False


def build_package(app: Path, out: Path, *, modules: Path | None = None, ca_bundle: bytes | None = None) -> Package:
    """Write the package of `app` (the image's /app); `modules` is a node_modules installed for glibc on arm64.

    Raises PackageError that names what cannot run: a binary for musl or another processor without a replacement, a link
    that leads out of the folder, a package above the limit.
    """
    if not (app / "api" / "server" / "index.js").is_file():
        raise PackageError(f"{app}: there is no LibreChat (api/server/index.js)", "Give the image's folder /app.")
    entries: dict[str, _Entry] = {}
    dropped, replaced = 0, []
    for name, path in _walk(app):
        if any(name == folder or name.startswith(f"{folder}/") for folder in WRITABLE) or _is_dropped(name):
            dropped += 1
            continue
        entry = _read(app, name, path)
        if not entry.link and _cannot_run(entry.content):
            entry, name = _replacement(name, entry, modules)  # noqa: PLW2901 (a replacement has a name of its own)
            replaced.append(name)
        entries[f"app/{name}"] = entry
    if modules is not None:
        entries |= _additions(modules, entries)
    for folder, target in WRITABLE.items():
        entries[f"app/{folder}"] = _Entry(f"{SCRATCH}/{target}".encode(), link=True)
    entries["index.js"] = _Entry(files("librechat_aws").joinpath("serverless", "index.js").read_bytes())
    bundle = files("librechat_aws").joinpath("certificates", "rds-global-bundle.pem").read_bytes()
    entries["rds-global-bundle.pem"] = _Entry(ca_bundle or bundle)
    return _write(out, entries, dropped, tuple(replaced))


def build_wrapper(out: Path) -> Path:
    """A package without LibreChat: what is synthesised as long as nobody has made one. It cannot start."""
    _write(out, {"index.js": _Entry(files("librechat_aws").joinpath("serverless", "index.js").read_bytes())}, 0, ())
    return out


def _walk(root: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or path.is_file():
            yield path.relative_to(root).as_posix(), path


def _is_dropped(name: str) -> bool:
    parts = PurePosixPath(name).parts
    in_modules = "node_modules" in parts
    folders = _DROPPED_FOLDERS - (_KEPT_IN_MODULES if in_modules else frozenset())
    if any(part in folders for part in parts[:-1]):
        return True
    return name.endswith(_DROPPED_SUFFIXES) and not parts[-1].upper().startswith(("LICENSE", "LICENCE", "NOTICE"))


def _read(root: Path, name: str, path: Path) -> _Entry:
    if not path.is_symlink():
        return _Entry(path.read_bytes(), executable=bool(path.stat().st_mode & stat.S_IXUSR))
    target = path.readlink()
    if target.is_absolute() or not path.resolve().is_relative_to(root.resolve()):
        raise PackageError(
            f"{name}: a link that leads out of the folder, to {target}", "Leave it out of the image's folder."
        )
    return _Entry(target.as_posix().encode(), link=True)


def _cannot_run(content: bytes) -> bool:
    """Whether this is a binary for another processor or another C library. Source: the ELF header, e_machine."""
    if content[:4] != b"\x7fELF":
        return False
    machine = int.from_bytes(content[18:20], "little" if content[5] == 1 else "big")
    return machine != _ARM64 or _MUSL.search(content) is not None


def _replacement(name: str, entry: _Entry, modules: Path | None) -> tuple[_Entry, str]:
    """The same file of the replacing modules; packages for musl have a twin with another name."""
    head, found, tail = name.rpartition("node_modules/")
    wanted = tail.replace("linuxmusl", "linux")
    path = modules / wanted if modules is not None and found else None
    if path is not None and path.is_file() and not _cannot_run(path.read_bytes()):
        return _Entry(path.read_bytes(), executable=entry.executable), f"{head}{found}{wanted}"
    reason = "is built for musl" if _MUSL.search(entry.content) else "is built for another processor"
    raise PackageError(
        f"{name} {reason}, and nothing replaces it",
        "Install it for glibc on arm64 and give the folder: npm install --os=linux --cpu=arm64 --libc=glibc.",
    )


def _additions(modules: Path, entries: Mapping[str, _Entry]) -> dict[str, _Entry]:
    """What only the replacing modules have: the client that the wrapper reads secrets with, and twins' other files."""
    added = {}
    for name, path in _walk(modules):
        if _is_dropped(f"node_modules/{name}"):
            continue
        at = f"app/node_modules/{name}"
        if at not in entries:
            entry = _read(modules, name, path)
            if not entry.link and _cannot_run(entry.content):
                raise PackageError(
                    f"{name} of the replacing modules cannot run on arm64 with glibc", "Install them anew."
                )
            added[at] = entry
    return added


def _write(out: Path, entries: Mapping[str, _Entry], dropped: int, replaced: tuple[str, ...]) -> Package:
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(entries):
            entry = entries[name]
            info = zipfile.ZipInfo(name, _DATE)
            kind = stat.S_IFLNK | 0o777 if entry.link else stat.S_IFREG | (0o755 if entry.executable else 0o644)
            info.create_system, info.external_attr = 3, kind << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entry.content)
    zipped = part.stat().st_size
    unzipped = sum(len(entry.content) for entry in entries.values())
    if zipped > LIMIT_BYTES:
        part.unlink()
        raise PackageError(f"{out}: {zipped // 2**20} MB zipped; a web function takes 512", "Leave more out.")
    part.replace(out)
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    return Package(out, digest, zipped, unzipped, len(entries), dropped, replaced)
