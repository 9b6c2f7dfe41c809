"""A session as it is stored when it is created, so that later edits of the environment file do not
affect it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from experiment.config import SessionSettings, read_settings
from experiment.config_fields import InvalidSettings
from experiment.draws import fresh_seed
from experiment.earnings import earned_of
from experiment.kept import HasVars
from experiment.language import languages
from experiment.leaving import reason_to_leave
from experiment.locales import Locale, server_locale
from experiment.payments import Payout, payment
from experiment.session_checks import check_settings
from experiment.texts.stored import OwnTexts, as_stored, from_stored, own_texts
from experiment.withdrawal import keep_key
from theory.economy.environment import environment_fields, parse_environment


class StoredSession(HasVars, Protocol):
    """The attributes of a session that are used here: ``config`` as created, ``vars`` for what is
    stored with it.
    """

    code: str
    config: Mapping[str, Any]


class StoredParticipant(HasVars, Protocol):
    """The attributes of a participant that are used here: the number in the session, 1, 2, ..., and
    ``vars`` for what is stored.
    """

    id_in_session: int


@dataclass(frozen=True)
class Experiment:
    """A session that can be run: its settings, its seed, what the experimenter should know about them, and the study's own texts, None
    if the built-in ones are shown.
    """

    settings: SessionSettings
    seed: int
    warnings: tuple[str, ...] = ()
    texts: OwnTexts | None = None


def plan_experiment(config: Mapping[str, Any], participants: int, largest_rounds: int) -> Experiment:
    """Check the config of a session about to be created and fix its seed. Raises InvalidSettings
    with one sentence.
    """
    rate = config.get("real_world_currency_per_point")
    if isinstance(rate, str):
        raise InvalidSettings(f"real_world_currency_per_point is {rate!r}; it must be a number.")
    settings = read_settings(config, participants, largest_rounds)
    texts = own_texts(settings, server_locale())
    return Experiment(settings, settings.seed or fresh_seed(), tuple(check_settings(settings)), texts)


def store(session: StoredSession, experiment: Experiment) -> None:
    """Store with the session what its config does not contain, and the server's current language
    and currency.
    """
    keep_key(session)
    session.vars[_KEY] = {
        **asdict(server_locale()),
        "environment": environment_fields(experiment.settings.environment),
        "seed": experiment.seed,
        "warnings": list(experiment.warnings),
        "money": {name: str(getattr(experiment.settings, field)) for name, field in _MONEY.items()},
        "texts": as_stored(experiment.texts),
    }


def is_stored(session: StoredSession) -> bool:
    """Whether an experiment is stored with the session, as it is once the session has been created."""
    return _KEY in session.vars


def kept_locale(session: StoredSession) -> Locale | None:
    """The language and currency in which the session was created; None if these were not stored.

    If the catalogue of the language no longer exists, the server's language replaces it, and the
    currency stays.
    """
    known = _locales.get(session.code)
    if known is not None:
        return known
    stored = session.vars.get(_KEY, {})
    if "currency" not in stored:
        return None
    if stored["language"] not in languages():
        return Locale(server_locale().language, stored["currency"])
    _locales[session.code] = Locale(stored["language"], stored["currency"])
    return _locales[session.code]


def locale_of(session: StoredSession) -> Locale:
    """The language and currency of the session: those stored with it, else the server's."""
    return kept_locale(session) or server_locale()


def currency_of(session: StoredSession) -> str:
    """The ISO code of the currency in which the session is paid."""
    return locale_of(session).currency


def experiment_of(session: StoredSession) -> Experiment:
    """The experiment that was stored with the session.

    The show-up fee and the exchange rate may be changed in oTree's pages while the session runs.
    The current config's are used, or, if these are not amounts of money, those with which the
    session was created.
    """
    key = (session.code, *(str(session.config[name]) for name in _MONEY))
    known = _experiments.get(key)
    if known is None:
        stored = session.vars[_KEY]
        environment = parse_environment(stored["environment"])
        try:
            settings = read_settings(session.config, environment=environment)
        except InvalidSettings:
            settings = read_settings({**session.config, **stored["money"]}, environment=environment)
        texts = from_stored(stored.get("texts"))
        known = _experiments[key] = Experiment(settings, stored["seed"], tuple(stored["warnings"]), texts)
    return known


def payment_of(experiment: Experiment, participant: StoredParticipant) -> Payout:
    """What the participant is paid, from what was stored when the last market cleared, or for
    having left.
    """
    earned, left_because = earned_of(participant), reason_to_leave(participant)
    return payment(experiment.settings, experiment.seed, participant.id_in_session, earned, left_because)


_KEY = "experiment"
_MONEY = {"participation_fee": "participation_fee", "real_world_currency_per_point": "money_per_point"}
_experiments: dict[tuple[str, ...], Experiment] = {}
_locales: dict[str, Locale] = {}
