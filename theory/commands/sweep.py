"""``sweep``: measures at every economy of a grid, as a tidy CSV that an interrupted run can resume."""

from __future__ import annotations

import argparse
import reprlib
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path

from theory.commands.arguments import WrongArgument, whole_number
from theory.commands.bar import progress_bar
from theory.commands.command import Answer, Commands
from theory.commands.threshold import INTERRUPTED, MOST_CHECKED
from theory.economy.environment import Environment
from theory.stage1_incentives.threshold import LEAST_AGENTS
from theory.sweeps.file import Unwritable, open_sweep
from theory.sweeps.grid import InvalidGrid, Value
from theory.sweeps.measures import MEASURES, USUAL, Settings
from theory.sweeps.sweep import Row, Sweep, lines, measured, plan_sweep
from theory.sweeps.workers import NoWorkers, check_cluster, cores, in_processes, on_cluster

Points = Generator[tuple[Sequence[Value], list[Row]]]

MOST_JOBS = 1024


def add(commands: Commands) -> None:
    """Put ``sweep`` on the command line."""
    more = (
        "One row per number: the varied fields, measure, quantity, type, state and value, or the problem why a measure has no answer there."
        " The same command resumes an interrupted sweep: a .sweep.json beside the CSV records what made it. "
        "With --json, it prints the numbers of points, rows and problems in the CSV."
    )
    summary = "measures at every combination of values of the file's fields, as a CSV"
    sub = commands.command("sweep", summary, sweep, sweep_text, more, by_role="its measures are about one endowment")
    vary = (
        "a field by its dotted path and its values, as in mechanism.agents=6,12,24 or utility.scale=40:80:5 (five from 40 to 80); once for"
        " each field; fields that move together are joined by +, as in states.prior.low+states.prior.high=0.4+0.6,0.5+0.5"
    )
    measures = "; ".join(f"{measure.name}: {measure.description}" for measure in MEASURES.values())
    sub.add_argument("--vary", required=True, action="append", metavar="FIELD=VALUES", help=vary)
    sub.add_argument("--measure", action="append", metavar="NAME,...", help=f"what to measure (default {','.join(USUAL)}): {measures}")
    sub.add_argument("--max-agents", metavar="N", default="500", help="threshold checks every number of agents from 2 to N (default 500)")
    sub.add_argument("--out", metavar="FILE.csv", help="the CSV to write or to resume (default: print it)")
    sub.add_argument("--jobs", metavar="J", help="number of processes (default: one for each core)")
    sub.add_argument("--ray", metavar="HOST:PORT", help="run on this Ray cluster (needs pip install -r requirements-optional.txt)")


def sweep(env: Environment, given: argparse.Namespace) -> Answer:
    """The CSV itself, or a summary of what was written."""
    if given.json and given.out is None:
        raise WrongArgument("--json says what is in the CSV that --out names, so it needs --out.")
    most = whole_number("--max-agents", given.max_agents, LEAST_AGENTS, MOST_CHECKED)
    jobs = None if given.jobs is None else whole_number("--jobs", given.jobs, 1, MOST_JOBS)
    try:
        plan = plan_sweep(env, given.vary, _measures(given.measure), Settings(most))
        if given.ray is not None:
            check_cluster(given.ray)
        points = partial(_points, plan, jobs, given.ray)
        return _printed(plan, points) if given.out is None else _written(plan, points, given.out)
    except (InvalidGrid, Unwritable, NoWorkers) as error:
        raise WrongArgument(str(error)) from None
    except KeyboardInterrupt:
        kept = "nothing is kept; with --out the same command would go on."
        if given.out is not None:
            kept = f"what {given.out} holds is kept; the same command goes on."
        print(f"Interrupted: {kept}", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None


def sweep_text(answer: Answer) -> str:
    """The CSV itself, or a sentence about it."""
    if "csv" in answer:
        return str(answer["csv"]).removesuffix("\n")
    before = f" {answer['kept']} of them were there already." if answer["kept"] else ""
    problems = f" {answer['problems']} rows say why a measure has no answer." if answer["problems"] else ""
    return f"{answer['out']} holds {answer['points']} points in {answer['rows']} rows.{before}{problems}"


def _printed(plan: Sweep, points: Callable[[int], Points]) -> Answer:
    return {"csv": plan.header + "".join(lines(values, rows) for values, rows in points(0))}


def _written(plan: Sweep, points: Callable[[int], Points], out: str) -> Answer:
    with open_sweep(Path(out), plan) as file:
        kept = file.written.points

        def done() -> str:
            return f"{file.written.points} of {plan.grid.size} points are done and kept in {out}; the same command goes on."

        try:
            with closing(points(kept)) as found:
                for values, rows in found:
                    file.append(values, rows)
        except KeyboardInterrupt:
            print(f"Interrupted: {done()}", file=sys.stderr)
            raise SystemExit(INTERRUPTED) from None
        except NoWorkers as error:
            raise NoWorkers(f"{error} {done()}") from None
        return {
            "environment": plan.grid.base["name"],
            "out": out,
            "measures": list(plan.measures),
            "points": file.written.points,
            "rows": file.written.rows,
            "problems": file.written.problems,
            "kept": kept,
        }


def _points(plan: Sweep, jobs: int | None, ray: str | None, start: int) -> Points:
    """The points from ``start`` on with their rows, in grid order, with a progress bar on a terminal."""
    left = list(islice(plan.grid.points, start, None))
    tasks = ((plan.grid.environment(values), plan.measures, plan.settings) for values in left)
    with progress_bar("sweep", " points", plan.grid.size, start) as bar:
        processes = min(jobs or cores(), len(left))
        found = in_processes(processes, measured, tasks) if ray is None else on_cluster(ray, jobs, measured, tasks)
        for rows, values in zip(found, left, strict=True):
            yield values, rows
            bar.update()


def _measures(given: Sequence[str] | None) -> Sequence[str]:
    names = [name.strip() for text in given or [",".join(USUAL)] for name in text.split(",")]
    for name in names:
        if name not in MEASURES:
            raise WrongArgument(f"--measure names {reprlib.repr(name)}, but the measures are {', '.join(MEASURES)}.")
    return names
