"""``strategy``: what an active agent believes and offers at stage 2 after any stage-1 offer, a defector's included."""

from __future__ import annotations

import argparse
import math
import reprlib

from theory.commands.arguments import WrongArgument
from theory.commands.command import Answer, Commands, by_name, type_configuration
from theory.commands.text_tables import join, number, table
from theory.economy.environment import Environment
from theory.equilibrium.separating import second_stage
from theory.equilibrium.stage1 import read_type
from theory.mechanism import is_offer


def add(commands: Commands) -> None:
    """Put ``strategy`` on the command line."""
    more = "Eq. (7)-(10): the others' offers are read through the intervals I(x); an agent who offered as another type does is a defector."
    sub = commands.command(
        "strategy",
        "what an active agent believes and offers at stage 2",
        strategy,
        strategy_text,
        more,
        by_role="it reads one histogram, and with endowments by role there is one for each role",
    )
    sub.add_argument("--type", required=True, metavar="TYPE", help="the agent's own type")
    sub.add_argument("--offer", required=True, metavar="Q,R", help="its stage-1 offer, as in 3.5,0: one good only")
    sub.add_argument("--others", required=True, metavar="TYPE=COUNT,...", help="what the other active agents' offers read as")


def strategy(env: Environment, given: argparse.Namespace) -> Answer:
    """Beliefs sigma*, sigma' and phi, the others' totals, and s2*."""
    offer = _offer(env, given.offer)
    others = type_configuration(env, given.others, "--others")
    own, read_as = env.type_index(given.type), int(read_type(env, offer))
    found = second_stage(env, own, read_as, others)
    return {
        "type": given.type,
        "read_as": env.types[read_as],
        "defector": found.defector,
        "believes": by_name(env.types, found.believed),
        "takes_others_to_believe": by_name(env.types, found.others_believe),
        "posterior": by_name(env.states, found.posterior),
        "others_totals": [found.others_q, found.others_r],
        "offer": found.offer.tolist(),
        "bundle": found.bundle.tolist(),
        "expected_points": found.expected_points,
    }


def strategy_text(answer: Answer) -> str:
    """The tables of ``strategy``."""
    kind = "a defector" if answer["defector"] else "a nondefector"
    counts = [(x, str(n), str(answer["takes_others_to_believe"][x])) for x, n in answer["believes"].items()]
    return join(
        f"A {answer['type']} agent whose stage-1 offer reads as {answer['read_as']}: {kind}.",
        table(("type", "it believes", "it takes the others to believe"), counts),
        table(("state", "posterior"), [(z, number(p)) for z, p in answer["posterior"].items()]),
        f"The others' totals: {number(answer['others_totals'][0])} of q and {number(answer['others_totals'][1])} of r.",
        f"It offers {number(answer['offer'][0])} of q and {number(answer['offer'][1])} of r, ends with {number(answer['bundle'][0])} of q"
        f" and {number(answer['bundle'][1])} of r, and expects {number(answer['expected_points'])} points.",
    )


def _offer(env: Environment, text: str) -> tuple[float, float]:
    try:
        q, r = (float(part) for part in text.split(","))
    except ValueError:
        q = r = math.nan
    if not is_offer((q, r), env.endowment):
        raise WrongArgument(
            f"--offer is {reprlib.repr(text)}, but an offer is two amounts such as 3.5,0: at most {env.endowment_q:g} of q or"
            f" {env.endowment_r:g} of r, and none of the other good."
        )
    return q, r
