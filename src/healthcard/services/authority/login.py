"""Who somebody is: his password and a code that works once; after failures the account rests, longer each time.

Whatever was wrong, the answer is the same: it tells nobody which accounts there are. The audit knows the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import translation

from healthcard.services import acting, audit
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters, totp
from healthcard.services.authority.parameters import ParametersInForce
from healthcard.services.errors import Invalid, NotAuthenticated, Refused
from healthcard.services.sealing import sealer
from healthcard.storage.models import Account

REFUSED = (
    "Account, password or code is wrong, or the account rests after failures. "
    "账号、密码或动态口令有误，或账号因多次失败暂停使用。"
)
LONGEST_REST = timedelta(days=1)
FLOOD = 30  # refused logins from one address within ten minutes, of whatever names: then it waits
HERE = frozenset({"", "127.0.0.1", "::1"})  # this machine: a proxy, behind which everybody would wait for one


class KnownLogins(BaseBackend):
    """Who a web session belongs to. It proves nobody: that is done by `prove` alone."""

    def get_user(self, user_id: int) -> Account | None:
        """The account, unless it was closed."""
        return Account.objects.filter(pk=user_id, is_active=True).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Somebody proved who he is. `idle_seconds` is how long his session may rest; see `replace_password`."""

    account: int
    must_change: bool
    idle_seconds: int


def prove(
    username: str, password: str, code: str, *, terminal: str = "", address: str = "", request: str = ""
) -> Proven:
    """Whose login this is. Raises NotAuthenticated, the same for every reason, and notes the attempt in the audit.

    An address that only guesses is not even listened to for some minutes: hashing and the audit are not its to fill.
    """
    require_calm(address)
    with transaction.atomic():
        account = Account.objects.select_for_update(of=("self",), no_key=True).filter(username=username).first()
        now = _now()
        reason = _judged(account, password, code, now)
        _counted(account, reason, now)
        visitor = _visitor(account, terminal, address, request)
        action = "login.refuse" if reason else "login.accept"
        audit.write(actor=visitor, action=action, operation=uuid4(), facts={"reason": reason} if reason else {})
    if account is None or reason:
        raise NotAuthenticated(REFUSED)
    figures = _figures(account)
    return Proven(
        account=account.pk,
        must_change=account.must_change or _is_old(account, now, figures),
        idle_seconds=figures.number("login.idle_minutes") * 60,
    )


def require_calm(address: str) -> None:
    """Raise NotAuthenticated for an address that only guesses, people's logins or machines': it waits some minutes."""
    if address not in HERE and _refused_from(address) >= FLOOD:
        raise NotAuthenticated(REFUSED)


def replace_password(account_id: int, old: str, new: str, *, terminal: str = "", address: str = "") -> None:
    """Give an account a password of its holder's choice. Raises NotAuthenticated for a wrong old one, Invalid."""
    with transaction.atomic():
        account = (
            Account.objects.select_for_update(of=("self",), no_key=True).filter(pk=account_id, is_active=True).first()
        )
        now = _now()
        wrong = "closed" if account is None else _rests(account, now) or _wrong_password(account, old)
        if account is not None and not wrong:
            _require_good(account, old, new)
            account.password, account.must_change, account.password_at = make_password(new), False, now
            account.save(update_fields=["password", "must_change", "password_at"])
            account.tokens.filter(closed_at=None).update(closed_at=now)
        elif account is not None:
            _counted(account, wrong, now)
        visitor = _visitor(account, terminal, address, "")
        action = "login.refuse" if wrong else "password.change"
        audit.write(actor=visitor, action=action, operation=uuid4(), facts={"reason": wrong} if wrong else {})
    if wrong:
        raise NotAuthenticated(REFUSED)


def require_own_password(proven: Proven) -> None:
    """Raise Refused while the account still has the password it was given, or one that is too old."""
    if proven.must_change:
        raise Refused(
            rule="password_change_due",
            article="own",
            zh="首次登录或口令到期，须先更换口令",
            en="The password was given by somebody else, or is too old",
            advice_zh="先更换口令",
            advice_en="Choose a password of your own first",
        )


def left(actor: Actor) -> None:
    """Note that somebody ended his session."""
    audit.write(actor=actor, action="login.leave", operation=uuid4())


def _now() -> datetime:
    """The database's time once the account is ours: who had to wait for it shows a code of now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return datetime.fromisoformat(str(now))


def _refused_from(address: str) -> int:
    """How many logins from `address` were refused within ten minutes; asked of the newest entries only."""
    with connection.cursor() as cursor:
        cursor.execute(_REFUSED_FROM, {"chain": audit.APART, "address": address[:60]})
        (refused,) = cursor.fetchone()
    return int(refused)


_REFUSED_FROM = """
    WITH newest AS (SELECT action, at, body FROM audit_entry WHERE chain = %(chain)s ORDER BY seq DESC LIMIT 500)
    SELECT count(*) FROM newest
    WHERE action = 'login.refuse' AND at > now() - interval '10 minutes'
        AND convert_from(body, 'UTF8')::jsonb #>> '{who,address}' = %(address)s"""


def _figures(account: Account) -> ParametersInForce:
    """What the account's issuer decided about logins."""
    return parameters.of(account.organisation, acting.clock()[1])


def _judged(account: Account | None, password: str, code: str, now: datetime) -> str:
    """Why not; '' when all is right. The password is hashed in every case: the time it takes tells nothing."""
    if account is None:
        make_password(password)
        return "unknown"
    wrong = _wrong_password(account, password)
    if not account.is_active or account.organisation.closed_on is not None:
        return "closed"
    return _rests(account, now) or wrong or _wrong_code(account, code, now)


def _rests(account: Account, now: datetime) -> str:
    return "resting" if account.locked_until is not None and account.locked_until > now else ""


def _wrong_password(account: Account, password: str) -> str:
    return "" if check_password(password, account.password) else "password"


def _wrong_code(account: Account, code: str, now: datetime) -> str:
    """'' when the code is right; its step is then used up."""
    if account.second_factor is None:
        return "no_second_factor"
    secret = sealer().open(bytes(account.second_factor), seal_owner(account.username))
    step = totp.matching_step(secret, code, int(now.timestamp()) // totp.STEP_SECONDS, account.second_factor_step)
    if step is None:
        return "code"
    account.second_factor_step = step
    return ""


def seal_owner(username: str) -> bytes:
    """What the sealed second factor of a login is bound to."""
    return f"login:{username}".encode()


def _counted(account: Account | None, reason: str, now: datetime) -> None:
    """Keep what the attempt leaves: a used code and a clean count, or one failure more and perhaps a rest."""
    if account is None or reason in ("resting", "closed"):
        return
    if not reason:
        account.failures, account.locked_until, account.last_login = 0, None, now
    else:
        account.failures = min(account.failures + 1, 1000)
        account.locked_until = _rest_until(account, now)
    account.save(update_fields=["failures", "locked_until", "last_login", "second_factor_step"])


def _rest_until(account: Account, now: datetime) -> datetime | None:
    """From the allowed number of failures on, twice as long each time, a day at most."""
    figures = _figures(account)
    beyond = account.failures - figures.number("login.failures")
    if beyond < 0:
        return None
    rest = timedelta(minutes=figures.number("login.lock_minutes")) * (1 << min(beyond, 10))
    return now + min(rest, LONGEST_REST)


def _is_old(account: Account, now: datetime, figures: ParametersInForce) -> bool:
    days = figures.number("login.password_days")
    return days > 0 and account.password_at is not None and now - account.password_at > timedelta(days=days)


def _require_good(account: Account, old: str, new: str) -> None:
    if new == old:
        raise Invalid("new_password", "新口令不能与原口令相同。", "The new password is the old one.")
    try:
        validate_password(new, account)
    except ValidationError as error:
        raise Invalid("new_password", _sentences(error, "zh-hans"), _sentences(error, "en")) from error


def _sentences(error: ValidationError, language: str) -> str:
    with translation.override(language):
        return " ".join(error.messages)


def _visitor(account: Account | None, terminal: str, address: str, request: str) -> Actor:
    """Somebody at the door; what he typed as his name is not kept: people type passwords there."""
    return Actor(
        account=account.pk if account else None,
        name="visitor",
        organisation=account.organisation_id if account else 0,
        permissions=frozenset(),
        path="",
        terminal=terminal[:60],
        address=address[:60],
        request=request[:60],
    )
