"""Finds the Docker roots of a host, and says why (moby `daemon/config/config_linux.go`)."""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings.gojson import JsonError
from indexer.docker.files.folder import Folder, GoneError, UnreadableError, printable
from indexer.docker.files.system_tree import SystemTree, normal
from indexer.docker.host.containerd_config import ContainerdSetting, containerd_settings
from indexer.docker.host.daemon_settings import from_command, from_daemon_json, from_options
from indexer.docker.host.environment_file import parse_assignments
from indexer.docker.host.running_daemons import running_commands
from indexer.docker.host.systemd_unit import SYSTEM_FOLDERS, read_commands
from indexer.docker.root.layout import sub_roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from indexer.docker.host.systemd_unit import Command

_UNIT: Final = "docker.service"
_DEFAULT: Final = "/var/lib/docker"
_OPTION_FILES: Final = ("/etc/default/docker", "/etc/sysconfig/docker", "/etc/conf.d/docker")
_OPTION_VARIABLES: Final = ("DOCKER_OPTS", "OPTIONS")
_SNAP_ROOT: Final = "/var/snap/docker/common/var-lib-docker"
_SNAP_CONFIG: Final = "/var/snap/docker/current/config/daemon.json"
_ROOT_PARTS: Final = ("image", "containers", "engine-id")
_USERS_NAMED: Final = 3


class FoundRoot(NamedTuple):
    """A directory that is a Docker root by default or by configuration.

    `path` is the directory on this machine with all links resolved. `reasons` are short phrases
    that say what led to it, with paths as that system sees them. `exists` is False for a configured
    directory that is missing. `readable` says whether this process may list and enter it.
    """

    path: str
    reasons: tuple[str, ...]
    exists: bool
    readable: bool


class Discovery(NamedTuple):
    """The Docker roots of a system, most likely first.

    `notices` are sentences about what could not be read or understood. `containerd` are the
    possible roots of the system's containerd, most likely first. `was_denied` says whether this
    process lacked permission for a file or folder that may name a root. `looked_at` are the
    directories that were looked for, as paths on this machine.
    """

    roots: tuple[FoundRoot, ...]
    notices: tuple[str, ...]
    containerd: tuple[ContainerdSetting, ...] = ()
    was_denied: bool = False
    looked_at: tuple[str, ...] = ()

    @property
    def nothing_found(self) -> str:
        """The sentence for the user that no root was found, with the places that were searched."""
        return (
            f"No Docker root was found: looked at {', '.join(self.looked_at)}, and for others in "
            "daemon.json, docker.service, option files, and on this host the running dockerd"
        )


class _Candidate(NamedTuple):
    """A directory to look at; it is reported even if it is missing if it is `configured`."""

    path: str
    reason: str
    configured: bool


def discover(system_root: str = "/", proc: str | None = None) -> Discovery:
    """The Docker roots of the system whose `/` is the directory `system_root`.

    Configured roots come first (running dockerd, unit file, daemon.json, option files), then the
    default root, those of rootless users, and that of the snap package. A root of `userns-remap`
    follows the folder it is in, and that folder is left out if it is not a root itself. `proc` is
    the file system that shows processes; by default it is `/proc` if the system is this host, and
    none for a copy of a disk. Raises nothing for what it finds.
    """
    tree = SystemTree(system_root)
    if not os.path.isdir(tree.top):
        tree.note(f"{tree.top} is not a directory; name one that holds the system's files.")
    proc = proc or ("/proc" if tree.is_running_host else None)
    candidates = list(_candidates(tree, proc))
    roots = _merged(tree, candidates)
    containerd = containerd_settings(tree, _running(tree, proc, "containerd"))
    looked_at = tuple(dict.fromkeys(printable(tree.here(it.path)) for it in candidates))
    return Discovery(roots, tree.notices, containerd, tree.was_denied, looked_at)


def _running(tree: SystemTree, proc: str | None, name: str) -> tuple[Command, ...]:
    return () if proc is None else running_commands(proc, tree.top, name)


def _candidates(tree: SystemTree, proc: str | None) -> Iterator[_Candidate]:
    for command in _running(tree, proc, "dockerd"):
        yield from _of_command(tree, command, "", "")
    yield from _of_unit(tree, SYSTEM_FOLDERS, "/root", "")
    yield from _of_daemon_json(tree, "/etc/docker/daemon.json", "")
    yield from _of_option_files(tree)
    yield _Candidate(_DEFAULT, "default of dockerd", configured=False)
    yield from _of_rootless_users(tree)
    yield from _of_this_user(tree)
    yield from _of_daemon_json(tree, _SNAP_CONFIG, " (snap package)")
    yield _Candidate(_SNAP_ROOT, "snap package", configured=False)


def _of_unit(
    tree: SystemTree, folders: tuple[str, ...], home: str, whose: str
) -> Iterator[_Candidate]:
    for command in read_commands(tree, _UNIT, folders, home):
        yield from _of_command(tree, command, "ExecStart ", whose)


def _of_command(tree: SystemTree, command: Command, what: str, whose: str) -> Iterator[_Candidate]:
    root, config_file = from_command(command.words)
    if root is not None:
        reason = f"{what}{root.name} in {command.source}{whose}"
        yield from _configured(tree, root.path, reason, command.source)
    if config_file:
        yield from _of_daemon_json(tree, config_file, whose)


def _of_daemon_json(tree: SystemTree, path: str, whose: str) -> Iterator[_Candidate]:
    data = tree.read(path)
    if data is None:
        return
    try:
        roots = from_daemon_json(data)
    except JsonError as error:
        tree.note_at(path, f"{error}; a root it may name is not known")
        return
    if len(roots) > 1:
        tree.note_at(path, "has both data-root and graph, with which dockerd does not start")
    for root in roots:
        yield from _configured(tree, root.path, f"{root.name} in {path}{whose}", path)


def _of_option_files(tree: SystemTree) -> Iterator[_Candidate]:
    for path in _OPTION_FILES:
        values = parse_assignments(tree.read(path) or b"")
        for name in _OPTION_VARIABLES:
            try:
                root, _ = from_options(shlex.split(values.get(name, "")))
            except ValueError:
                tree.note_at(path, f"has an open quote in {name}; a root it may name is not known")
                continue
            if root is not None:
                reason = f"{name} {root.name} in {path}"
                yield from _configured(tree, root.path, reason, path)


def _configured(tree: SystemTree, path: str, reason: str, source: str) -> Iterator[_Candidate]:
    if path:
        yield _Candidate(path, reason, configured=True)
    else:
        tree.note_at(source, f"gives no directory for the root ({reason})")


def _of_rootless_users(tree: SystemTree) -> Iterator[_Candidate]:
    denied: list[str] = []
    for home, user in _homes(tree).items():
        units, config = f"{home}/.config/systemd/user", f"{home}/.config/docker/daemon.json"
        data = f"{home}/.local/share/docker"
        whose = f"rootless of user {user}"
        closed = [path for path in (config, data) if tree.is_denied(path)]
        if closed:
            denied.append(user)
        if config not in closed:
            yield from _of_unit(tree, (units,), home, f" ({whose})")
            yield from _of_daemon_json(tree, config, f" ({whose})")
        if data not in closed:
            yield _Candidate(data, f"{whose} (~/.local/share/docker)", configured=False)
    if denied:
        tree.note(_denied_homes(denied))


def _homes(tree: SystemTree) -> dict[str, str]:
    homes = {"/root": "root"}
    passwd = (tree.read("/etc/passwd") or b"").decode("utf-8", "surrogateescape")
    for line in passwd.splitlines():
        fields = line.split(":")
        if len(fields) == 7 and fields[5].startswith("/"):
            homes.setdefault(os.path.normpath(fields[5]), fields[0])
    # Users of a directory service (LDAP) are not in /etc/passwd, but have a home directory.
    for name in tree.names("/home"):
        homes.setdefault(f"/home/{name}", name)
    return homes


def _denied_homes(users: list[str]) -> str:
    named = ", ".join(users[:_USERS_NAMED])
    more = f" and {len(users) - _USERS_NAMED} more" if len(users) > _USERS_NAMED else ""
    return f"Rootless Docker of {named}{more} cannot be looked for: run as root to include it."


def _of_this_user(tree: SystemTree) -> Iterator[_Candidate]:
    if not tree.is_running_host:
        return
    config, data = os.environ.get("XDG_CONFIG_HOME", ""), os.environ.get("XDG_DATA_HOME", "")
    if os.path.isabs(config):
        yield from _of_daemon_json(tree, f"{config}/docker/daemon.json", " ($XDG_CONFIG_HOME)")
    if os.path.isabs(data):
        yield _Candidate(f"{data}/docker", "rootless ($XDG_DATA_HOME/docker)", configured=False)


def _merged(tree: SystemTree, candidates: Iterable[_Candidate]) -> tuple[FoundRoot, ...]:
    """The roots of all candidates; a root that several lead to has all of their reasons."""
    roots: dict[str, FoundRoot] = {}
    for candidate in candidates:
        for root in _roots_at(tree, candidate):
            earlier = roots.get(root.path)
            reasons = (*earlier.reasons, *root.reasons) if earlier else root.reasons
            roots[root.path] = root._replace(reasons=tuple(dict.fromkeys(reasons)))
    return tuple(roots.values())


def _roots_at(tree: SystemTree, candidate: _Candidate) -> tuple[FoundRoot, ...]:
    path, reason = tree.here(candidate.path), printable(candidate.reason)
    try:
        resolved = tree.resolve(candidate.path)
        path = tree.here(resolved)
        mode = os.lstat(path).st_mode
    except UnreadableError as error:
        remedy = "run as root to look there" if error.rule == "U1" else "correct that setting"
        tree.note_unreadable(candidate.path, error, f"{remedy} ({reason})")
        return _missing(candidate, path, reason)
    except OSError:
        return _missing(candidate, path, reason)
    if not stat.S_ISDIR(mode):
        tree.note_at(candidate.path, f"is not a directory and so not a Docker root ({reason})")
        return _missing(candidate, path, reason)
    if resolved != normal(candidate.path):
        reason = printable(f"{candidate.reason}, by a link in {candidate.path}")
    # Entering and listing need both rights, of the effective user if the program is setuid.
    readable = os.access(path, os.R_OK | os.X_OK, effective_ids=True)
    return _with_remapped(FoundRoot(path, (reason,), exists=True, readable=readable), resolved)


def _missing(candidate: _Candidate, path: str, reason: str) -> tuple[FoundRoot, ...]:
    """The root that is configured and missing; none for a default, which most hosts do not use."""
    root = FoundRoot(path, (reason,), exists=False, readable=False)
    return (root,) if candidate.configured else ()


def _with_remapped(root: FoundRoot, resolved: str) -> tuple[FoundRoot, ...]:
    """`root` and the roots of `userns-remap` in it; only these if it has no parts of a root."""
    try:
        with Folder.of_root(root.path) as folder:
            names = sub_roots(folder)
            is_root = not names or any(map(folder.has, _ROOT_PARTS))
    except (GoneError, UnreadableError):
        return (root,)
    below = (_remapped(root.path, name, resolved) for name in names)
    return (root, *below) if is_root else tuple(below)


def _remapped(parent: str, name: str, resolved: str) -> FoundRoot:
    path = os.path.join(parent, name)
    readable = os.access(path, os.R_OK | os.X_OK, effective_ids=True)
    reason = printable(f"userns-remap {name} below {resolved}")
    return FoundRoot(path, (reason,), exists=True, readable=readable)
