"""Loans, as the API and the pages see them."""

from controller.domain.time import Utc
from controller.kernel.shapes import Line, Note, Shape, Slug


class LoanFields(Shape, frozen=True, kw_only=True):
    """What may change of a loan: until when, and what is to be remembered."""

    due_at: Utc
    remark: Note | None = None


class NewLoan(LoanFields, frozen=True, kw_only=True):
    """A member borrows a tool."""

    tool: Line
    member_id: str
    site_id: Slug | None = None


class Loan(LoanFields, frozen=True, kw_only=True):
    """`overdue`: it should have been given back. `back_at`: when it was."""

    id: str
    site_id: Slug
    tool: str
    member_id: str
    lent_at: Utc
    overdue: bool
    back_at: Utc | None
    version: int
