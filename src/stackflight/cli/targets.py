"""TARGET as typed -> the stacks to be judged: a template file, a cloud assembly, or the preset of an app."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackflight.cli.apps import find_app
from stackflight.errors import UnreadableInput, WrongUsage
from stackflight.local.folder import JoinedFolders, LocalFolder, as_text, decode, read_text
from stackflight.model.value import Value, unknowns_in
from stackflight.patterns import compile_later
from stackflight.records import dataclass

if TYPE_CHECKING:
    from stackflight.model.template import Environment, World
    from stackflight.ports import Clock
    from stackflight.read.manifest import Source
    from stackflight.read.nested import Elsewhere

_ADDRESS = compile_later(r"([a-z][a-z0-9+.-]*)://")
_APP_TARGET = compile_later(r"(?P<app>[A-Za-z][\w.-]+):(?P<preset>.+)")


_OTHERS = {
    ".tf": "Terraform's language",
    ".bicep": "Azure's language",
    ".ts": "the code of an app, to be synthesised first: npx cdk synth",
    ".py": "the code of an app, to be synthesised first: npx cdk synth",
}


@dataclass(frozen=True)
class Loaded:
    """A target read from disk, not resolved yet; `seconds` is what the reading took.

    `preset` says that an app made it whose code is not the user's: nobody mends it in the words of the CDK.
    """

    title: str
    folder: LocalFolder
    sources: tuple[Source, ...]
    seconds: float
    preset: bool = False

    @property
    def is_assembly(self) -> bool:
        """Whether it is a cloud assembly, with its assets beside it."""
        return any(source.named for source in self.sources) and (self.folder.root / "manifest.json").is_file()

    def resolve(
        self,
        parameters: Mapping[str, Value],
        environment: Environment,
        exports: Mapping[str, Value],
        elsewhere: Sequence[Elsewhere] = (),
    ) -> World:
        """The target as a world of its own."""
        from stackflight.read.assembly import join_stacks

        return join_stacks(list(self.sources), parameters, self.folder, environment, exports, elsewhere)


class Targets:
    """Opens targets; a context manager, because what apps synthesise is thrown away at the end.

    `tell` gets one line of progress for people. What the app of one target synthesises stays in the folder `keep`, where
    one is given.
    """

    def __init__(self, tell: Callable[[str], None], clock: Clock, keep: str | None = None) -> None:
        self._tell = tell
        self._clock = clock
        self._keep = keep
        self._leftovers = ExitStack()
        self._folders: list[LocalFolder] = []

    def __enter__(self) -> Targets:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        self._leftovers.close()
        if self._keep is not None and failed is None:
            self._tell(f"--keep {self._keep}: nothing is kept, because no target is an app's preset (APP:PRESET)")

    @property
    def opened(self) -> tuple[Path, ...]:
        """Every file that was read for the targets: what nobody may write over."""
        return tuple(file for folder in self._folders for file in folder.opened)

    def open(self, text: str) -> Loaded:
        """Read one target. Raises UnreadableInput, WrongUsage or AppFailed."""
        loaded = self._open(text)
        self._folders.append(loaded.folder)
        return loaded

    def _open(self, text: str) -> Loaded:
        path, text = Path(text), as_text(text)
        if not text:
            raise UnreadableInput("the name of a target is empty", hint="write . for the folder that you are in")
        if text == "-":
            return self._stdin()
        if _is_folder(path):
            return self._assembly(text, path, text)
        if _exists(path):
            return self._template(text, path)
        if address := _ADDRESS.match(text):
            copy = "aws s3 cp" if address[1] == "s3" else "curl -O"
            raise WrongUsage(f"{text} is an address, and targets are files", hint=f"fetch it first: {copy} {text}")
        if match := _APP_TARGET.fullmatch(text):
            return self._preset(text, match["app"], match["preset"])
        raise UnreadableInput(
            "there is no such file or folder", file=text,
            hint="a target is a template file, a cdk.out folder, or APP:PRESET such as librechat:standard-dev",
        )  # fmt: skip

    def _stdin(self) -> Loaded:
        """A template on standard input; what it points to lies in the working folder."""
        if sys.stdin is None or sys.stdin.isatty():
            raise WrongUsage(
                "- reads a template from standard input", hint="write it as in: cat app.yaml | stackflight check -"
            )
        from stackflight.read.document import parse_template
        from stackflight.read.manifest import Source

        started = self._clock.now()
        template = parse_template(decode(sys.stdin.buffer.read(), "stdin"), "stdin")
        source = Source("stdin", template, named=False, file="stdin")
        return Loaded("stdin", LocalFolder(Path.cwd()), (source,), self._clock.now() - started)

    def _template(self, text: str, path: Path) -> Loaded:
        if path.suffix == ".toml":
            raise WrongUsage(f"{text} is a settings file, not a template", hint=f"name its app: librechat:{text}")
        if path.suffix in _OTHERS:
            hint = f"this is {_OTHERS[path.suffix]}; a target is a CloudFormation template or a cdk.out folder"
            raise UnreadableInput("not a CloudFormation template", file=text, hint=hint)
        folder = LocalFolder(path.parent, "" if "/" not in text else text.rpartition("/")[0] or "/", (Path.cwd(),))
        from stackflight.read.document import parse_template
        from stackflight.read.manifest import Source

        started = self._clock.now()
        template = parse_template(read_text(path, text), text)
        folder.opened.add(path.resolve())
        name = as_text(path.name)
        source = Source(name.split(".")[0] or name, template, named=False, file=name)
        return Loaded(text, folder, (source,), self._clock.now() - started)

    def _assembly(self, text: str, path: Path, shown: str) -> Loaded:
        if not (path / "manifest.json").is_file() and (path / "cdk.out" / "manifest.json").is_file():
            path, text, shown = path / "cdk.out", f"{text.rstrip('/')}/cdk.out", f"{shown.rstrip('/')}/cdk.out"
        folder = LocalFolder(path, shown.rstrip("/"))
        from stackflight.read.manifest import read_assembly

        started = self._clock.now()
        sources = tuple(read_assembly(folder, Path.cwd().as_posix()))
        return Loaded(text, folder, sources, self._clock.now() - started)

    def _preset(self, text: str, name: str, preset: str) -> Loaded:
        app = find_app(name)
        if preset.endswith(".toml") and not _exists(Path(preset)):
            raise UnreadableInput("there is no such file", file=preset, hint="give the settings file of the app")
        import tempfile

        out = Path(self._leftovers.enter_context(tempfile.TemporaryDirectory(prefix="stackflight-")), "cdk.out")
        self._tell(f"synthesising {text} …")
        app.synthesise(preset, out)
        shown = text
        if self._keep is not None:
            out, shown, self._keep = keep_assembly(out, self._keep), self._keep, None
        loaded = replace(self._assembly(text, out, shown), preset=True)
        if preset.endswith(".toml"):
            loaded.folder.opened.add(Path(preset).resolve())
        return loaded


def keep_assembly(made: Path, name: str) -> Path:
    """An assembly, moved to the folder of that name, in the place of an earlier one. Raises WrongUsage."""
    kept = Path(name)
    try:
        if kept.is_dir() and (kept / "manifest.json").is_file() and (kept / "cdk.out").is_file():
            shutil.rmtree(kept)
        elif kept.exists() and not (kept.is_dir() and not any(kept.iterdir())):
            raise WrongUsage(
                f"--keep {name} is something else than an earlier assembly", hint="name a folder that is new or empty"
            )
        kept.parent.mkdir(parents=True, exist_ok=True)
        if kept.is_dir():
            kept.rmdir()
        shutil.move(made, kept)
    except OSError as error:
        raise WrongUsage(f"--keep {name} cannot be written", hint=error.strerror or str(error)) from None
    return kept


def version_of(old: Loaded, new: Loaded) -> Loaded:
    """What is deployed, called as in the new target: two of one stack each are versions of one stack, whatever their files
    are called."""
    if len(old.sources) == len(new.sources) == 1 and old.sources[0].name != new.sources[0].name:
        return replace(old, sources=(replace(old.sources[0], name=new.sources[0].name),))
    return old


def join_targets(
    loaded: Sequence[Loaded],
    parameters: Mapping[str, Value],
    environment: Environment,
    exports: Mapping[str, Value],
    elsewhere: Sequence[Elsewhere] = (),
) -> World:
    """Several targets as one world, exports joined to imports whatever their order. Raises WrongUsage."""
    from stackflight.read.assembly import join_stacks

    sources: list[Source] = []
    for number, target in enumerate(loaded):
        sources += [
            replace(source, folder=f"{number}/{source.folder}", file=f"{number}/{source.file}", named=True)
            for source in target.sources
        ]
    names = [source.name for source in sources]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise WrongUsage(
            f"two of the targets are a stack called {twice}", hint="a stack is named after its file: rename one of them"
        )
    folder = JoinedFolders(target.folder for target in loaded)
    world = join_stacks(sources, parameters, folder, environment, exports, elsewhere)
    ordered = _deployment_order(sources, world)
    return world if ordered == sources else join_stacks(ordered, parameters, folder, environment, exports, elsewhere)


def _deployment_order(sources: list[Source], world: World) -> list[Source]:
    """Whoever exports a value goes before whoever imports it; else the order stays as it was given."""
    exporters = {f"export {name}": stack.name.split("/")[0] for stack in world.stacks for name in stack.exports}
    needs: dict[str, set[str]] = {source.name: set(source.depends_on) for source in sources}
    for address, resource in world.resources.items():
        asked = [name for unknown in unknowns_in(resource.properties) for name in unknown.decided_by]
        found = {exporters[name] for name in asked if name in exporters}
        found |= {edge.target.stack.split("/")[0] for edge in resource.edges}
        needs[address.stack.split("/")[0]] |= found
    ordered: list[Source] = []
    waiting = list(sources)
    while waiting:
        missing = {source.name for source in waiting}
        ready = next((one for one in waiting if not (needs[one.name] & missing) - {one.name}), waiting[0])
        ordered.append(ready)
        waiting.remove(ready)
    return ordered


def _exists(path: Path) -> bool:
    try:
        return path.is_file() or path.is_fifo()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
