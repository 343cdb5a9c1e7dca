"""The door for people: account, password and one-time code; a password of one's own; the way out."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib.auth import login as begin_session
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from healthcard.services.actor import of_account
from healthcard.services.authority import login
from healthcard.services.authority.login import Proven
from healthcard.services.errors import Invalid, KeyServiceGone, NotAuthenticated
from healthcard.services.stage import demo
from healthcard.web import presence
from healthcard.web.screen import ScreenRequest, screen


class ProofForm(forms.Form):
    """What proves who somebody is."""

    username = forms.CharField(max_length=40)
    password = forms.CharField(max_length=200, strip=False)
    code = forms.CharField(max_length=12)
    proven: Proven

    def __init__(self, request: HttpRequest | None = None, **options: object) -> None:
        """As Django's view makes it."""
        super().__init__(**options)  # type: ignore[arg-type] # what Django's own view hands over
        self._address = str(request.META.get("REMOTE_ADDR", "")) if request else ""

    def clean(self) -> dict[str, object]:
        """The fields, once they prove somebody."""
        given = super().clean() or {}
        if self.errors:
            raise forms.ValidationError(_("Enter account, password and one-time code."))
        try:
            code = "".join(given["code"].split())
            self.proven = login.prove(given["username"], given["password"], code, address=self._address)
        except NotAuthenticated:
            raise forms.ValidationError(
                _("Account, password or code is wrong, or the account rests after failures.")
            ) from None
        except KeyServiceGone:
            raise forms.ValidationError(
                _("Nobody can log in at this moment: the key service does not answer. Tell the operator.")
            ) from None
        return given


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class Enter(LoginView):
    """The login page."""

    template_name = "login.html"
    authentication_form = ProofForm  # type: ignore[assignment] # Django asks for its own form
    redirect_authenticated_user = True

    def form_valid(self, form: ProofForm) -> HttpResponse:  # type: ignore[override] # the form is ours, see above
        """Begin the session; whoever still has a given password chooses one first."""
        begin_session(self.request, login.KnownLogins().get_user(form.proven.account))
        presence.begin(self.request, form.proven.idle_seconds)
        self.request.session["must_change"] = form.proven.must_change
        return redirect(self.get_success_url())

    def get_context_data(self, **given: object) -> dict[str, object]:
        """What the page shows besides: the codes of the demo's logins."""
        return {**super().get_context_data(**given), "codes": _demo_codes()}


class Leave(LogoutView):
    """The way out; noted in the audit."""

    def post(self, request: HttpRequest, *rest: object, **named: object) -> HttpResponse:
        """End the session."""
        if request.user.is_authenticated:
            login.left(of_account(request.user.pk))
        return super().post(request, *rest, **named)


@screen()
def present(request: ScreenRequest) -> JsonResponse:
    """Whose session it is, for a page that is open: asked before a form is sent, so that nothing typed is lost."""
    return JsonResponse({"account": request.actor.account, "token": get_token(request)})


enter = Enter.as_view()
leave = Leave.as_view()


@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """A password of one's own, instead of the one that was given or has become too old."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    refused = ""
    if request.method == "POST":
        refused = _replaced(request)
        if not refused:
            return redirect("first")
    due = request.session.get("must_change", False)
    return render(request, "password.html", {"refused": refused, "due": due})


def _replaced(request: HttpRequest) -> str:
    """Why the password was not replaced, '' when it was. The session goes on with the new one."""
    account = request.user.pk or 0
    old, new, again = (request.POST.get(name, "") for name in ("old", "new", "again"))
    if new != again:
        return _("The new password was typed in two different ways.")
    try:
        login.replace_password(account, old, new, address=str(request.META.get("REMOTE_ADDR", "")))
    except NotAuthenticated:
        return _("The old password is wrong, or the account rests after failures.")
    except Invalid as invalid:
        return str(invalid) if get_language() == "en" else invalid.zh
    begin_session(request, login.KnownLogins().get_user(account))
    request.session["must_change"] = False
    return ""


def _demo_codes() -> tuple[tuple[str, str], ...]:
    if not settings.DEMO:
        return ()
    try:
        return demo.codes()
    except KeyServiceGone:
        return ()
