"""`healthcard audit`: whether everything that was done is still told as it was."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from healthcard.services.trail import auditing, restoring

ORGANISATION = click.option(
    "--organisation", metavar="CODE", default="", help="Who acts; default: the only province there is."
)


@click.group("audit")
def command() -> None:
    """The audit 审计: chains of entries, anchored by the key service."""


@command.command("verify")
@click.option("--json", "as_data", is_flag=True, help="For programs.")
def verify(*, as_data: bool) -> None:
    """Read and hash every entry again, and compare with what the key service signed.

    Names the first bad entry of each chain. Writes nothing: a role that may only read will do. Exit status: 0 whole,
    1 not.
    """
    verdict = auditing.verify()
    rate = round(verdict.entries / verdict.seconds) if verdict.seconds else 0
    if as_data:
        click.echo(json.dumps({**asdict(verdict), "rows_per_second": rate, "whole": verdict.whole}, ensure_ascii=False))
    else:
        for fault in verdict.faults:
            click.echo(f"chain {fault.chain}, entry {fault.seq}: {fault.what}")
        for gap in verdict.gaps:
            click.echo(f"restored gap, acknowledged: {gap}")
        click.echo(
            f"AUDIT entries={verdict.entries} anchors={verdict.anchors} gaps={len(verdict.gaps)} "
            f"faults={len(verdict.faults)} rows_per_second={rate}"
        )
    raise SystemExit(0 if verdict.whole else 1)


@command.command("acknowledge")
@click.option("--reason", required=True, help="Why the database is older than its anchors; kept for ever.")
@ORGANISATION
def acknowledge(reason: str, organisation: str) -> None:
    """Record that the database was restored from a backup, and let its chains go on from there.

    What was anchored after the backup stays on record as lost; `audit verify` tells of it ever after.
    """
    gaps = restoring.acknowledge(reason, organisation)
    for gap in gaps:
        click.echo(f"chain {gap.chain}: entries {gap.since + 1} to {gap.until} are recorded as lost")
    click.echo(f"{len(gaps)} gaps acknowledged.")
