"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class CourseSessionChanged(Change, frozen=True, kw_only=True):
    """A course session, or who takes part."""

    ROOM = "training"
    WHAT = "course_session"
