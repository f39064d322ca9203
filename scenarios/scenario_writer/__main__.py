"""Command line: `python -m scenario_writer render CASE.yml OUT`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scenario_writer.render import render_scenario, write_context
from scenario_writer.scenario import ScenarioError


def main(arguments: list[str] | None = None) -> int:
    """Render a scenario and say what was written.

    Returns:
        0 when done, 2 when the scenario is wrong.
    """
    parser = argparse.ArgumentParser(
        prog="scenario_writer", description="Render scenarios to Windows event logs."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    render = commands.add_parser("render", help="render one scenario into a folder")
    render.add_argument("case", type=Path, help="scenario file")
    render.add_argument("out", type=Path, help="folder to fill")
    options = parser.parse_args(arguments)
    try:
        files = list(render_scenario(options.case, options.out))
        if write_context(options.case, options.out / "context.yml"):
            files.append(options.out / "context.yml")
    except (ScenarioError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for file in files:
        sys.stdout.write(f"{file.relative_to(options.out).as_posix()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
