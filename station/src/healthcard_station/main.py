"""The command `healthcard-station`."""

from __future__ import annotations

import argparse
import logging
import platform
import secrets
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from healthcard_station import pairing
from healthcard_station.cards import CardGone, Device
from healthcard_station.keyboard import Keyboard
from healthcard_station.pairing import NotPaired
from healthcard_station.pcsc import PcscReaders
from healthcard_station.programs import Program, named
from healthcard_station.station import Station
from healthcard_station.talk import Impostor, Talk, pair
from healthcard_station.workbench import Refused, Unreachable, Workbench


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says; what goes wrong is told in one sentence."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    act: Callable[[argparse.Namespace], None] = given.act
    try:
        act(given)
    except (NotPaired, CardGone, Refused, Impostor, Unreachable) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="healthcard-station", description=__doc__)
    parser.set_defaults(act=_run)
    parser.add_argument("--authority", default="", help="file of certificates to trust, for a workbench of one's own")
    parser.add_argument("--reader", default="", help="only readers whose name contains this")
    parser.add_argument("--pin-pad", action="store_true", help="holders type a new PIN on this PC's keyboard")
    parser.add_argument(
        "--device",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="a device behind a program of its maker: pad, identity_card, camera or signature (README)",
    )
    parts = parser.add_subparsers()
    asked = parts.add_parser("pair", help="pair with a workbench by the code it shows")
    asked.add_argument("address", help="https://NAME of the workbench")
    asked.add_argument(
        "--name", default=platform.node()[:60] or "station", help="what the workbench calls this station"
    )
    asked.set_defaults(act=_pair)
    parts.add_parser("run", help="carry card sessions until Ctrl-C (without a word the same)").set_defaults(act=_run)
    parts.add_parser("readers", help="list the readers").set_defaults(act=_list)
    return parser


def _pair(given: argparse.Namespace) -> None:
    workbench = Workbench(given.address, authority=given.authority)
    code = input("工作台显示的配对码 Code that the workbench shows: ")
    made = pair(workbench, code, given.name, secrets.token_hex(32))
    pairing.save(pairing.place(), replace(made, address=given.address))
    print(f"已配对 paired as station {made.station}")


def _run(given: argparse.Namespace) -> None:
    known = pairing.load(pairing.place())
    talk = Talk(Workbench(known.address, authority=given.authority), known)
    station = Station(talk, PcscReaders(given.reader), _devices(given))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: station.stop())
    station.run()


def _devices(given: argparse.Namespace) -> Mapping[str, Device]:
    """By name; what is told on the command line comes before the keyboard."""
    keyboard: dict[str, Device] = {"pad": Keyboard()} if given.pin_pad else {}
    return keyboard | {name: Program(command) for name, command in map(named, given.device)}


def _list(given: argparse.Namespace) -> None:
    found = PcscReaders(given.reader).look()
    for name, card in found.items():
        print(f"{name}  {'有卡 card' if card else '无卡 no card'}")
    if not found:
        print("没有读写器 no reader")


if __name__ == "__main__":
    main()
