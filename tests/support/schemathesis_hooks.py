"""What schemathesis cannot know from the description, and what it does not check by itself.

Loaded by its command line (SCHEMATHESIS_HOOKS); see tests/api/test_schemathesis.py.
"""

from typing import Any

import schemathesis

from api.http import write_cursor

LANGUAGE = "fr"
A_MOMENT = "2026-11-22T10:42:00+00:00"
CURSORS = {
    "/api/v1/duplicates": write_cursor("0.9", "con_0", "con_1"),
    "/api/v1/contacts": write_cursor("m", "con_0"),
    "/api/v1/contacts/{id}/notes": write_cursor("2", A_MOMENT, "act_0"),
    "/api/v1/notes/{id}/versions": write_cursor("2"),
    "/api/v1/contacts/{id}/property-history": write_cursor("7", "jobtitle", ""),
}


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """A cursor is a word of an earlier page, a version the current one, a property one there is: unknown beforehand.

    A made-up cookie beside the token would only ever meet the guard against other sites' pages.
    """
    if case.cookies:
        case.cookies.pop("carnet_session", None)
    if isinstance(case.query, dict):
        if isinstance(case.query.get("after"), str):
            by_moment = str(case.query.get("sort", "")).endswith("_at")
            case.query["after"] = write_cursor(A_MOMENT, "con_0") if by_moment else CURSORS[case.operation.path]
        if isinstance(case.query.get("property"), str):
            case.query["property"] = "jobtitle"
    if case.headers and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"


@schemathesis.check
def refusals_speak_the_callers_language(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Every refusal is problem+json, in the language that was asked for."""
    if response.status_code < 400:
        return
    assert response.headers["content-type"] == ["application/problem+json"]
    assert response.headers["content-language"] == [LANGUAGE]
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["type"] == f"urn:carnet:problem:{problem['code']}"
    assert problem["detail"]
