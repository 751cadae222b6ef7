"""`loquet remove`: uninstall what `loquet setup` installed on this computer; data stays."""

import argparse
import json
import shutil
import sys
from pathlib import Path

from controller.cli.installing.card import require_writable
from controller.cli.installing.layout import Layout
from controller.cli.installing.removal import uninstall

EXAMPLE = "loquet remove   (as root; with --data also database, keys and configuration)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--data", action="store_true", help="also remove the place's data")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be done, and change nothing"
    )
    parser.add_argument("--root", type=Path, default=Path("/"), help="use this folder instead of /")


def run(args: argparse.Namespace) -> int:
    """Uninstall. Data is removed only with --data, and after a question; returns 1 if refused."""
    layout = Layout(args.root.resolve(), args.config)
    if not args.dry_run:
        layout.require_rights()
        require_writable(layout)
        if args.data and not args.yes and not _confirm(layout):
            print("Nothing was removed.", file=sys.stderr)
            return 1
    removed, kept = uninstall(layout, dry=args.dry_run)
    data = [path for path in (layout.state, layout.config) if path.exists()]
    if args.data:
        removed += [str(path) for path in data]
        for path in () if args.dry_run else data:
            _delete(path)
    if args.json:
        kept_data = [] if args.data else [str(path) for path in data]
        print(
            json.dumps({"removed": removed, "changed_by_others": kept, "kept": kept_data}, indent=1)
        )
        return 0
    print("\n".join(f"- {file}" for file in removed) or "Nothing of Loquet was set up here.")
    for name in kept:
        print(f"= {name}: changed since, so it stays; delete it by hand")
    if data and not args.data:
        print(f"Kept: {', '.join(map(str, data))}. Also those: loquet remove --data")
    return 0


def _delete(path: Path) -> None:
    """Delete a file or folder; of a link only the link (`rmtree` follows none, says shutil)."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _confirm(layout: Layout) -> bool:
    if not sys.stdin.isatty():
        print("loquet remove --data asks; without a terminal add --yes", file=sys.stderr)
        return False
    print(f"Database, keys and journal under {layout.state} will be deleted permanently.")
    return input("Type the word remove: ").strip() == "remove"
