"""A container's view of a file system: only /tmp and the journal's folder are writable, for a user without rights."""

from pathlib import Path

__all__ = ["USER", "in_container_view"]

USER = "10001"
_SCRIPT = """
set -e
root=$1 app=$2 volume=$3
shift 3
if [ "$root" != / ]; then
    mount --bind "$root" "$root"
    mount --rbind /proc "$root/proc"
    mount --rbind /dev "$root/dev"
fi
mount --bind "$volume" "$root$app/.offhook"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
exec chroot "$root" setpriv --reuid $USER --regid $USER --clear-groups --no-new-privs $MORE \\
    sh -c 'cd "$1"; shift; exec "$@"' sh "$app" "$@"
"""


def in_container_view(root: Path, app: Path, *, volume: Path, more: str = "") -> list[str]:
    """Return what to put before a command, so that the command sees `root` as a container does and starts in `app`.

    `volume` is the host's folder for the journal. `more` are further options of setpriv. The mounts end with the
    command.
    """
    script = _SCRIPT.replace("$USER", USER).replace("$MORE", more)
    return ["unshare", "--mount", "sh", "-c", script, "sh", str(root), str(app), str(volume)]
