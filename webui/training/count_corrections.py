"""The form that corrects the figures of a course session that reports count."""

from flask import abort
from flask.typing import ResponseReturnValue

from controller.capabilities.training import course_sessions
from controller.kernel.actor import Permission
from controller.kernel.errors import NotFound, ServiceError
from webui import form_merge
from webui.context import context
from webui.form_fields import texts, version
from webui.guard import actor
from webui.i18n import _
from webui.training import session_facts
from webui.training.session import back_to_session, pages, render_session
from webui.training.session_view import AddParticipantForm
from webui.undo import done_with_undo


@pages.post("/training/sessions/<session>/facts", Permission.MEMBERS_READ)
def correct(session: str) -> ResponseReturnValue:
    """Save headcount, minutes, theme and payer of a session; it can be undone."""
    typed, web = texts(session_facts.FIELDS) | form_merge.hidden_fields(), context()
    patch = session_facts.patch_of(typed)
    try:
        with web.database.write() as db:
            before = course_sessions.get(db, session, actor=actor())
            after = course_sessions.change(
                db, session, patch, version=version(), actor=actor(), now=web.clock()
            )
    except NotFound:
        abort(404)
    except ServiceError as error:
        return render_session(
            session,
            AddParticipantForm(),
            facts=session_facts.SessionForm(fields=typed, error=error),
        ), 422
    back = session_facts.fields_of(before) | {"version": str(after.version)}
    text = _("Figures of the session saved.")
    done_with_undo(text, "session.correct", session=session, **back)
    return back_to_session(session, "facts")
