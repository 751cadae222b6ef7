"""The second step of signing in: a code from the phone, or a printed one."""

from controller.capabilities.accounts import authenticators, codes, sign_ins, steps
from controller.capabilities.accounts.models import AccountRow, StepKind
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.crypto import Sealer
from controller.kernel.database import Session
from controller.kernel.jobs import Transactions


def pending_account(db: Session, secret: str, *, now: Utc) -> str | None:
    """Return the id of the account that has passed the first step; None if expired or finished."""
    step = steps.pending_step(db, StepKind.SECOND_FACTOR, secret, now=now)
    return None if step is None else step.account_id


def finish(
    database: Transactions,
    secret: str,
    code: str,
    *,
    seals: Sealer,
    now: Utc,
    browser: str | None = None,
) -> sign_ins.SignInResult | None:
    """Sign in if the code is right, otherwise return None. Each code works once."""
    with database.write() as db:
        step = steps.pending_step(db, StepKind.SECOND_FACTOR, secret, now=now)
        row = db.get(AccountRow, step.account_id) if step and step.account_id else None
        if (
            step is None
            or row is None
            or row.disabled_at is not None
            or not steps.finish(db, secret)
        ):
            return None
        by_phone = authenticators.check(db, row.id, code, seals=seals, now=now)
        if not by_phone and not codes.spend_second_factor(db, row.id, code, now=now):
            db.rollback()  # keep the pending step, so that another code can be tried
            return None
        passed = sign_ins.begin(db, row, now=now, browser=browser, proved_at=step.proved_at)
        if not by_phone:
            actor, ref = passed.account.actor, f"account:{row.id}"
            audit.record(db, actor, now, "second_factor_code_used", ref)
        return passed
