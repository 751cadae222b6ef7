"""The number beside Live: red only while an alarm of them can't wait."""

from controller.kernel.capability import AlarmKind
from webui.live.board import count_waiting_alarms

KINDS = {
    kind.kind: kind
    for kind in (
        AlarmKind(kind="due", title="due", todo="", can_wait=True),
        AlarmKind(kind="lost", title="lost", todo=""),
    )
}


def _looks(*active: str) -> tuple[int, bool] | None:
    shown = count_waiting_alarms(active, KINDS)
    return (shown.count, shown.alarming) if shown else None


def test_it_is_alarming_while_one_of_them_is() -> None:
    assert _looks() is None
    assert _looks("due", "due") == (2, False)
    assert _looks("due", "lost") == (2, True)
    assert _looks("estop") == (1, True)  # what an agent tells of is in no feature's list
