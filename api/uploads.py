"""A file that comes with a request, as a form's only field: read no further than it may be long.

Starlette's parser keeps it in a temporary file; what is too large is refused while it arrives.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.errors import FileTooLarge, Malformed, UnsupportedMediaType

MIB = 1024 * 1024
FORM_BYTES = 16 * 1024
"""What a form adds around its file."""
FIELD = "file"


async def read_upload(request: Request, *, megabytes_max: int) -> UploadFile:
    """The file of the request, to be closed by the caller. Raises UnsupportedMediaType, FileTooLarge, Malformed."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "multipart/form-data":
        raise UnsupportedMediaType(expected="multipart/form-data")
    parser = MultiPartParser(request.headers, _bounded(request, megabytes_max), max_files=1, max_fields=0)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Malformed(reason="the body is not a form with one file") from error
    file = form.get(FIELD)
    if not isinstance(file, UploadFile):
        await form.close()
        raise Malformed(reason=f"the form has no file in a field named “{FIELD}”")
    return file


async def _bounded(request: Request, megabytes_max: int) -> AsyncGenerator[bytes, None]:
    bytes_max = megabytes_max * MIB + FORM_BYTES
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > bytes_max:
        raise FileTooLarge(megabytes=megabytes_max)
    read = 0
    async for chunk in request.stream():
        read += len(chunk)
        if read > bytes_max:
            raise FileTooLarge(megabytes=megabytes_max)
        yield chunk
