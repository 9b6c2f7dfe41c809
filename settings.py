"""oTree's settings: one session config per environment file, each field of which can be changed in
the admin's form.
"""

from os import environ
from secrets import token_hex
from sys import argv, exit, stderr

from experiment import language, locales, production
from experiment.config import DEFAULTS, readable_environments
from experiment.labels import ONLINE_ROOM, listed_rooms
from experiment.network import connections, origins
from experiment.texts import studies
from experiment.version import commit

refusal = production.refusal(argv, environ)
if refusal:
    exit(refusal)
warning = production.warning(argv, environ)
if warning:
    print(warning, file=stderr)

try:
    connections.limits(environ, None)
    origins.public_origins(environ)
except ValueError as wrong:
    exit(str(wrong))

commit()  # read when the server starts, so that a later checkout does not change it

SESSION_CONFIG_DEFAULTS = {**DEFAULTS, "participation_fee": 5.0, "real_world_currency_per_point": 0.1, "doc": ""}

WELCOME = "parimutuel/Welcome.html"
environments, left_out = readable_environments()
lists, lists_left_out = listed_rooms(WELCOME, taken=("lab", ONLINE_ROOM))
for sentence in (*left_out, *lists_left_out, *studies.left_out()):
    print(sentence, file=stderr)
if not environments:
    exit("There is no environment to play: put a valid file into environments/.")

SESSION_CONFIGS = [
    {
        "name": name,
        "display_name": name.replace("_", " ").capitalize(),
        "environment": name,
        "num_demo_participants": environment.agents,
        "app_sequence": ["parimutuel_intro", "parimutuel_twostage", "parimutuel_outro"],
        "doc": environment.description,
    }
    for name, environment in environments.items()
]

ROOMS = [
    {"name": "lab", "display_name": "Laboratory"},
    {"name": ONLINE_ROOM, "display_name": "Online", "welcome_page": WELCOME},
    *lists,
]

# For new sessions, and for pages that belong to no session: a session keeps those with which it was created.
LANGUAGE_CODE = environ.get("EXPERIMENT_LANGUAGE") or language.ENGLISH
REAL_WORLD_CURRENCY_CODE = environ.get("EXPERIMENT_CURRENCY") or "USD"
try:
    locales.serve_in(locales.Locale(LANGUAGE_CODE, REAL_WORLD_CURRENCY_CODE))
except language.UnknownLanguage as unknown:
    exit(f"EXPERIMENT_LANGUAGE: {unknown}")
# Fees have cents whatever the currency; otherwise a server with a currency without cents would round those of other sessions.
REAL_WORLD_CURRENCY_DECIMAL_PLACES = 2
USE_POINTS = True
POINTS_DECIMAL_PLACES = 2
# Points are floats, stored for each round; what a participant is paid is set once, when the last market clears.
AUTO_TABULATE_PAYOFFS = False

ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = environ.get("OTREE_ADMIN_PASSWORD", "")
SECRET_KEY = environ.get("OTREE_SECRET_KEY") or token_hex(32)

DEMO_PAGE_INTRO_HTML = "Markets of the two-stage mechanism of Hu and Wallace (2012)."
