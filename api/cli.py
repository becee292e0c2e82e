"""The command line: `carnet serve`, `migrate`, `user …`, `token`, `demo`, `import`, `doctor`, `quarantine …` and more.

Every verb may be run while a server runs on the same database: it writes through its own connection, and the server
sees it at its next look.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar

import typer
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import AsyncConnection

from api import demo, doctor, schema
from api.access import Member
from api.app import create_app, describe, open_broker, open_carnet
from api.auth import hash_password
from api.carnet import utc_now
from api.credentials import issue, withdraw_all
from api.import_command import NobodyToImportFor, Outcome, import_file, report_lines, summary
from api.logs import configure_logs
from api.properties import BUILT_IN
from api.rights import WORD
from api.serve import Server, server_config
from api.settings import Settings, SettingsError, read_settings
from api.users import (
    EmailTaken,
    LastAdmin,
    add_user,
    canonical_email,
    change_role,
    find_user,
    list_accounts,
    remove_user,
)
from sync.broker import Control
from sync.database import Database
from sync.sql_store import SqlStore
from sync.store import Quarantine, StoreUnavailable

PASSWORD_LENGTH_MIN = 8

T = TypeVar("T")

app = typer.Typer(
    help="Carnet: contact records that a team writes together.", no_args_is_help=True, pretty_exceptions_enable=False
)
user = typer.Typer(help="Accounts.", no_args_is_help=True)
app.add_typer(user, name="user")
quarantine = typer.Typer(help="Documents that do harm to whoever reads them: readable, and written in by nobody.")
app.add_typer(quarantine, name="quarantine")


def main() -> None:
    """Where `carnet` begins."""
    app()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 8000,
    demo_data: Annotated[bool, typer.Option("--demo", help="Fill an empty database with a demo team.")] = False,
) -> None:
    """Serve, after bringing the database up to date."""
    settings = _settings()
    _run(_prepare(settings, host, demo_data=demo_data))
    configure_logs(settings)
    application = create_app(settings, with_demo=demo_data)
    config = server_config(application, host, port, settings)
    server = Server(config, application, lambda line: print(line, flush=True))
    # uvicorn has stopped in good order by then, and sends itself the signal again.
    with suppress(KeyboardInterrupt):
        server.run()
    if server.died:
        raise typer.Exit(1)


async def _prepare(settings: Settings, host: str, *, demo_data: bool) -> None:
    await schema.migrate(settings)
    if demo_data:
        if not _is_loopback(host):
            _stop(f"--demo makes accounts with a known password: it serves on a loopback address only, not on {host}.")
    elif not _is_loopback(host):
        async with schema.open_database(settings) as database:
            known = await demo.accounts_with_known_password(database)
        if known:
            _stop(f"{', '.join(known)}: the demo password is known to all; it is not served on {host}.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@app.command()
def migrate(
    back_to: Annotated[str | None, typer.Option(help="Undo the steps after this one; what they keep is lost.")] = None,
) -> None:
    """Bring the database to the shape this version needs, or back to an older one."""
    try:
        before, after = _run(schema.migrate(_settings(), back_to))
    except CommandError as error:
        _stop(str(error))
    print(
        f"The database is at {after}." if before == after else f"The database went from {before or 'empty'} to {after}."
    )


@app.command("demo")
def make_demo() -> None:
    """Fill the database with a demo team and its contacts. What is there already stays as it is."""
    settings = _settings()
    _run(_migrate_and_fill(settings))
    print(f"Demo accounts: {', '.join(person.email for person in demo.COLLEAGUES)}, password {demo.PASSWORD}")


async def _migrate_and_fill(settings: Settings) -> None:
    await schema.migrate(settings)
    async with open_carnet(settings) as carnet:
        await demo.fill(carnet)


@app.command("import")
def import_contacts(
    file: Annotated[
        Path, typer.Argument(help="vCards (.vcf), or a CSV file of Google, Outlook or Apple.", exists=True)
    ],
    email: Annotated[str | None, typer.Option("--as", help="Whose doing it is; the first admin's by default.")] = None,
) -> None:
    """Import an address book. Who is in already is found and left as they are."""
    settings = _settings()

    async def work() -> Outcome:
        await schema.migrate(settings)
        return await import_file(settings, file, email)

    try:
        outcome = _run(work())
    except (NobodyToImportFor, OSError) as error:
        _stop(str(error))
    print("\n".join(report_lines(outcome.progress)), file=sys.stderr)
    print(f"{outcome.state}: {summary(outcome.progress)}")
    if outcome.state != "done":
        raise typer.Exit(1)


@user.command("add")
def add(
    email: Annotated[str, typer.Argument(help="The address to sign in with.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[Literal["admin", "editor", "viewer"], typer.Option(help="What they may do.")] = "editor",
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
) -> None:
    """Make an account. The password is asked for, or read from CARNET_PASSWORD or standard input."""
    try:
        address = canonical_email(email)
    except ValueError as error:
        _stop(str(error))
    password = _read_password(from_stdin=password_stdin)
    if len(password) < PASSWORD_LENGTH_MIN or password == demo.PASSWORD:
        _stop(f"A password has at least {PASSWORD_LENGTH_MIN} characters and is not the demo one.")
    if not name.strip():
        _stop("A name is not empty.")

    async def make() -> str:
        async with _migrated() as database:
            hashed = await hash_password(password)
            return await database.write(lambda tx: add_user(tx, address, name.strip(), role, hashed, utc_now()))

    try:
        made = _run(make())
    except EmailTaken as error:
        _stop(str(error))
    print(f"{address} ({role}) is {made}")


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if (password := os.environ.get("CARNET_PASSWORD")) is not None:
        return password
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


@user.command("role")
def set_role(
    email: Annotated[str, typer.Argument(help="Whose role.")],
    role: Annotated[Literal["admin", "editor", "viewer"], typer.Argument(help="What they may do from now on.")],
) -> None:
    """Give an account another role. Pages that are open follow within seconds."""
    _change_rights(email, lambda tx, member: change_role(tx, member, role))
    print(f"{email} is {role} from now on")


@user.command("remove")
def remove(email: Annotated[str, typer.Argument(help="Whose account.")]) -> None:
    """Let somebody in no more, open pages included. What they wrote stays, under their name."""
    _change_rights(email, lambda tx, member: remove_user(tx, member, utc_now()))
    print(f"{email} was removed")


@user.command("sign-out")
def sign_out(email: Annotated[str, typer.Argument(help="Whose sessions and tokens.")]) -> None:
    """End every session and API token of an account, open pages included."""
    _change_rights(email, lambda tx, member: withdraw_all(tx, member.id))
    print(f"{email} is signed out everywhere")


@user.command("list")
def list_users() -> None:
    """Everybody who may come in: address, role, name."""

    async def read() -> list[Member]:
        async with _migrated() as database:
            return await database.read(list_accounts)

    for member in _run(read()):
        print(f"{member.email}\t{member.role}\t{member.name}")


def _change_rights(email: str, change: Callable[[AsyncConnection, Member], Awaitable[None]]) -> None:
    settings = _settings()

    async def apply() -> bool:
        async with _migrated() as database:
            member = await database.read(lambda tx: find_user(tx, email.strip().lower()))
            if member is None:
                return False
            await database.write(lambda tx: change(tx, member))
        node = secrets.token_hex(8)
        async with open_broker(settings, node) as broker:
            broker.publish(Control(WORD, node))
        return True

    try:
        known = _run(apply())
    except LastAdmin as error:
        _stop(f"{error}.")
    if not known:
        _stop(f"There is no account with the address {email}.")


@app.command()
def token(email: Annotated[str, typer.Argument(help="Whose token.")]) -> None:
    """Print a new API token for an account, as the last word. It is not to be had again."""

    async def make() -> str | None:
        async with _migrated() as database:
            member = await database.read(lambda tx: find_user(tx, email.strip().lower()))
            if member is None:
                return None
            return await database.write(lambda tx: issue(tx, member.id, "token", utc_now()))

    made = _run(make())
    if made is None:
        _stop(f"There is no account with the address {email}.")
    print(f"API token of {email}, good for a year: {made}")


@app.command("doctor")
def examine(
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Look whether everything is there that a server needs, and whole; say what to do. Changes nothing."""
    found = _run(doctor.examine(_settings()))
    print(json.dumps(doctor.as_json(found), indent=1) if as_json else doctor.present(found))
    if not doctor.is_well(found):
        raise typer.Exit(1)


@quarantine.command("list")
def list_quarantines() -> None:
    """Print each document in quarantine: since when, its name, up to which row it is shown, and why."""

    async def read() -> list[Quarantine]:
        async with _migrated() as database:
            return await SqlStore(database, "cli").quarantines()

    for case in _run(read()):
        since = datetime.fromtimestamp(case.at / 1000, UTC).isoformat(timespec="seconds")
        print(f"{since} {case.name} {case.seq} {case.reason}")


@quarantine.command("release")
def release(name: Annotated[str, typer.Argument(help="The document, as the list names it.")]) -> None:
    """Let a document be read and written as before. If it still does harm, it goes back into quarantine."""

    async def take_out() -> bool:
        async with _migrated() as database:
            return await SqlStore(database, "cli").release(name)

    if not _run(take_out()):
        _stop(f"{name} is not in quarantine.")
    print(f"{name} is released")


@app.command("openapi")
def print_openapi() -> None:
    """Print the description of REST, with the built-in properties: clients are generated from it."""
    print(json.dumps(describe(BUILT_IN), indent=1))


@asynccontextmanager
async def _migrated() -> AsyncIterator[Database]:
    """The database, up to date, for one verb."""
    settings = _settings()
    await schema.migrate(settings)
    async with schema.open_database(settings) as database:
        yield database


def _settings() -> Settings:
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        _stop(str(error))


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run it to its end; what whoever typed the verb can mend is told in one line."""
    try:
        return asyncio.run(work)
    except (SettingsError, StoreUnavailable) as error:
        _stop(str(error))


def _stop(reason: str) -> NoReturn:
    print(reason, file=sys.stderr)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
