"""What this project replaces in oTree and in the libraries it builds on: one table, in the order of
replacement.

When one of these libraries has a new version, compare it with the table, line by line; then let
``WRITTEN_FOR`` name the new version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from otree_host import (
    database_encoding,
    database_lock,
    entry_routes,
    fewer_queries,
    form_parser,
    incoming_requests,
    lobby_page,
    log_lines,
    login,
    payments_page,
    scheduler,
    session_creation,
    session_locale,
    static_files,
    template_tags,
    wait_pages,
    web_server,
    websocket_access,
)

WRITTEN_FOR = {
    "otree": "6.0.15",
    "starlette": "0.14.1",
    "sqlalchemy": "1.3.22",
    "uvicorn": "0.13.4",
    "websockets": "10.1",
    "h11": "0.16.0",
}
"""The libraries whose private interface this package touches, each with the version in which
everything in the table was found.
"""


@dataclass(frozen=True)
class Patch:
    """One name of a library that is replaced: ``target`` is its module, a colon, and its name
    there; ``by`` makes our object from theirs.
    """

    target: str
    by: Callable[[Any], Any]
    why: str

    @property
    def found_in(self) -> str:
        """The library and its version."""
        library = self.target.partition(":")[0].partition(".")[0]
        return f"{library} {WRITTEN_FOR[library]}"


@dataclass(frozen=True)
class Addition:
    """Something of ours that is added through a name of a library, or of Python, and replaces
    nothing.
    """

    target: str
    add: Callable[[], None]
    why: str


def instead(ours: Any) -> Callable[[Any], Any]:
    """Return our object, whatever theirs was."""
    return lambda theirs: ours


VARS_CHANGE = "writing to vars or removing from it marks the row as changed, and reading does not"

PATCHES: tuple[Patch | Addition, ...] = (
    # Requests, before oTree reads them
    Addition("logging:setLogRecordFactory", log_lines.write_on_one_line, "what a stranger sends must not begin a line of the log"),
    Addition("mimetypes:add_type", incoming_requests.name_types_of_scripts, "some Windows machines call scripts plain text"),
    Patch("starlette.requests:FormParser", instead(form_parser.FormParser), "its time grows with the square of the number of fields"),
    Patch(
        "starlette.middleware.sessions:BadTimeSignature",
        entry_routes.any_bad_signature,
        "a cookie without a signature, as worthless as one with an old signature, ended in a server error",
    ),
    Patch("otree.common2:OTreeStaticFiles.file_response", static_files.compressed, "a telephone waits for every byte of them"),
    Patch(
        "otree.middleware:CommitTransactionMiddleware.__call__",
        incoming_requests.read_first,
        "oTree takes its lock before the body of a request has arrived",
    ),
    Patch("uvicorn.server:Server.startup", web_server.with_limits, "uvicorn limits neither connections nor how long it waits for a client"),
    Patch(
        "otree.channels.consumers:_OTreeAsyncJsonWebsocketConsumer.on_connect",
        websocket_access.known_first,
        "oTree opens a websocket for anybody, from any page",
    ),
    # One task at a time uses the database
    Patch("otree.middleware:PATHS_WITHOUT_LOCK", instead(set()), "oTree makes some exports without its lock"),
    Patch("otree.channels.consumers:BaseCreateSession.lock", database_lock.the_one_lock, "oTree creates sessions under another lock"),
    Patch(
        "otree.channels.consumers:live_method_is_async",
        instead(database_lock.never),
        "it is called without the lock, and every method it allows runs without it",
    ),
    Patch(
        "otree.channels.consumers:live_payload_function",
        database_lock.to_live_pages_only,
        "a message for a page that is not there fills the log",
    ),
    Addition("otree.database:engine", database_encoding.check_connections, "a database must hold every character"),
    # Work that oTree does at every request
    Patch("otree.database:VarsDict.__setitem__", fewer_queries.noted_as_change, VARS_CHANGE),
    Patch("otree.database:VarsDict.__delitem__", fewer_queries.noted_as_change, VARS_CHANGE),
    Patch("otree.database:VarsDict.__ior__", fewer_queries.noted_as_change, VARS_CHANGE),
    Patch("otree.database:VarsDict.setdefault", fewer_queries.noted_as_change, VARS_CHANGE),
    Patch("otree.database:VarsDict.update", fewer_queries.noted_as_change, VARS_CHANGE),
    Patch("otree.database:VarsDict.pop", fewer_queries.noted_as_change, VARS_CHANGE),
    Patch("otree.database:VarsDict.popitem", fewer_queries.noted_as_change, VARS_CHANGE),
    Patch("otree.database:VarsDict.clear", fewer_queries.noted_as_change, VARS_CHANGE),
    Patch("otree.database:MixinVars.vars", instead(property(fewer_queries.kept_values)), "reading vars marks the row as changed"),
    Patch("otree.database:AnyModel.objects_get", fewer_queries.by_kept_statement, "the same query is built anew each time"),
    Patch("otree.database:DBWrapper.get_or_404", instead(fewer_queries.or_404_by_kept_statement), "the same query is built anew each time"),
    Patch("otree.templating.nodes:url_of_static_file", fewer_queries.looked_up_once, "it goes through all routes, twenty times a page"),
    # Entry: labels, links, codes, passwords and keys
    Patch("otree.views.participant:validate_room_visitor", entry_routes.label_checked_first, "oTree accepts any text as a label"),
    Patch("otree.views.participant:SessionWideLink.get", entry_routes.closed_where_labels_are_needed, "the link asks for no label"),
    Patch("otree.views.participant:MTurkStart.get", instead(entry_routes.not_found), "it fails where no session is for Mechanical Turk"),
    Patch("otree.views.participant:AssignVisitorToRoom.post", entry_routes.only_objects, "it fails on data that are not an object"),
    Patch("otree.models:Participant.set_label", entry_routes.only_labels, "oTree stores any text, and one label twice"),
    Patch("otree.models:Participant._url_i_should_be_on", entry_routes.start_page_first, "it fails before the first page"),
    Addition("otree.models:Session", entry_routes.make_links_long, "oTree's link for a whole session has 25 bits"),
    Patch("otree.common:rng", instead(entry_routes.OPERATING_SYSTEM), "later codes can be computed from earlier ones"),
    Patch("otree.views.cbv:rng", instead(entry_routes.OPERATING_SYSTEM), "this module imports the generator under its own name"),
    Patch("otree.views.cbv:BaseRESTView.dispatch", entry_routes.key_checked_first, "oTree reads the body before it asks for the key"),
    Patch("otree.views.cbv:validate_rest_key", login.checked_in_constant_time, "oTree compares the key with =="),
    Patch("otree.views.admin:Login.post", login.attempts_limited, "oTree accepts any number of passwords"),
    Patch("otree.views.admin:Login.form_invalid", login.failure_noted, "failures are counted and noted in the log"),
    Patch("otree.views.admin:Login.form_valid", login.browser_remembered, "a known browser is counted apart from its address"),
    Patch("otree.views.admin:Login.form_class", instead(login.LoginForm), "oTree compares the password with =="),
    Patch("otree.views.admin:Logout.get", instead(entry_routes.log_out), "it fails for a browser that is not logged in"),
    # Sessions
    Patch("otree.session:create_session", session_creation.arguments_checked_first, "oTree fails on some arguments and leaves rows behind"),
    Patch(
        "otree.views.rest:create_session", session_creation.arguments_checked_first, "this module imports the function under its own name"
    ),
    Patch(
        "otree.models:Session.advance_selected_participants",
        wait_pages.each_from_their_page,
        "advancing one participant may move another one on",
    ),
    Patch("otree.models:Participant.payoff_in_real_world_currency", payments_page.beyond_fee, "oTree knows no prize, floor or cap"),
    Patch("otree.models:Participant.payoff_plus_participation_fee", payments_page.with_fee, "oTree knows no prize, floor or cap"),
    Patch(
        "otree.channels.consumers:WSGroupByArrivalTime.clean_kwargs",
        lobby_page.of_an_app,
        "the websocket of a lobby names its app, and oTree imports whatever module has that name",
    ),
    Patch(
        "otree.models:BaseSubsession._gbat_next_group_id_in_subsession",
        instead(lobby_page.next_market_number),
        "markets are numbered from 1 as they form, with one number in all rounds",
    ),
    # Language and currency are the session's; the scheduler looks at the clock in between
    Addition("otree.templating.nodes:register", template_tags.register_tags, "sentences of templates are said in the session's language"),
    Patch("otree.settings:__class__", instead(session_locale.SettingsOfTheRequest), "oTree has one language and currency for the process"),
    Patch("otree.i18n:gettext_lib", session_locale.otree_words, "oTree's words follow the language of the process"),
    Patch("otree.currency:dngettext", instead(session_locale.core_words_for_many), "oTree's words follow the language of the process"),
    Patch(
        "otree.currency:RealWorldCurrency._format_currency", instead(session_locale.amount_with_sign), "amounts are written as on our pages"
    ),
    Patch("otree.templating.nodes:gettext", instead(session_locale.button_label), "the labels of oTree's buttons"),
    Patch(
        "otree.templating.filters:filtermap.gettext",
        instead(session_locale.TranslatedWhenShown),
        "oTree translates once, on reading a template",
    ),
    Patch("otree.forms.forms:ModelForm.Meta.locales", session_locale.form_languages, "form errors follow the language of the process"),
    Patch("otree.views.abstract:GenericWaitPageMixin.title_text", session_locale.wait_page_title, "oTree translates when it is imported"),
    Patch("otree.views.abstract:Page.timer_text", session_locale.countdown_title, "oTree translates when it is imported"),
    Patch(
        "otree.middleware:CommitTransactionMiddleware.dispatch",
        session_locale.answered_in_its_language,
        "every request about a session is answered in its language",
    ),
    Patch(
        "otree.middleware:CommitTransactionMiddleware.dispatch",
        scheduler.looks_before_answer,
        "no request is decided by a clock that has just jumped",
    ),
    Patch(
        "otree.middleware:CommitTransactionMiddleware.__call__",
        scheduler.starts_with_server,
        "the scheduler starts before anybody is served",
    ),
)
