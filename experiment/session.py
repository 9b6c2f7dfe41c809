"""A session as it is stored when it is created, so that an environment file edited later changes nothing for it."""

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
from theory.economy.environment import environment_fields, parse_environment


class StoredSession(HasVars, Protocol):
    """What is needed of a session, wherever it is kept: ``config`` as created, ``vars`` for what is stored with it."""

    code: str
    config: Mapping[str, Any]


class StoredParticipant(HasVars, Protocol):
    """What is needed of a participant: the place in the session, 1, 2, ..., and a place where things are kept."""

    id_in_session: int


@dataclass(frozen=True)
class Experiment:
    """A session that can be run: its settings, its seed, and what the experimenter should know about them."""

    settings: SessionSettings
    seed: int
    warnings: tuple[str, ...] = ()


def plan_experiment(config: Mapping[str, Any], participants: int, largest_rounds: int) -> Experiment:
    """Check the config of a session about to be created and settle its seed. Raises InvalidSettings with one sentence."""
    rate = config.get("real_world_currency_per_point")
    if isinstance(rate, str):
        raise InvalidSettings(f"real_world_currency_per_point is {rate!r}; it must be a number.")
    settings = read_settings(config, participants, largest_rounds)
    return Experiment(settings, settings.seed or fresh_seed(), tuple(check_settings(settings)))


def store(session: StoredSession, experiment: Experiment) -> None:
    """Write down with the session what its config alone does not say, and the language and currency that the server has now."""
    session.vars[_KEY] = {
        **asdict(server_locale()),
        "environment": environment_fields(experiment.settings.environment),
        "seed": experiment.seed,
        "warnings": list(experiment.warnings),
        "money": {name: str(getattr(experiment.settings, field)) for name, field in _MONEY.items()},
    }


def is_stored(session: StoredSession) -> bool:
    """Whether the session has an experiment, as it does once its creation is over."""
    return _KEY in session.vars


def kept_locale(session: StoredSession) -> Locale | None:
    """The language and currency in which the session was created; None where that was not kept.

    A language whose words are no longer there cannot be spoken: the server's is, and the currency stays.
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
    """The language and currency of the session: those that were kept with it, else the server's."""
    return kept_locale(session) or server_locale()


def currency_of(session: StoredSession) -> str:
    """The ISO code of the currency in which the session is paid."""
    return locale_of(session).currency


def experiment_of(session: StoredSession) -> Experiment:
    """The experiment that was stored with the session.

    Show-up fee and exchange rate may be changed in oTree's pages while the session runs. They are those of its config now, or,
    where these are no amounts of money, those it was created with.
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
        known = _experiments[key] = Experiment(settings, stored["seed"], tuple(stored["warnings"]))
    return known


def payment_of(experiment: Experiment, participant: StoredParticipant) -> Payout:
    """What the participant is paid, from what was kept when the last market cleared, or for having left."""
    earned, left_because = earned_of(participant), reason_to_leave(participant)
    return payment(experiment.settings, experiment.seed, participant.id_in_session, earned, left_because)


_KEY = "experiment"
_MONEY = {"participation_fee": "participation_fee", "real_world_currency_per_point": "money_per_point"}
_experiments: dict[tuple[str, ...], Experiment] = {}
_locales: dict[str, Locale] = {}
