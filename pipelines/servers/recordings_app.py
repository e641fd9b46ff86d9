"""The application behind ``mirliton listen``: a page where recordings are transcribed or classified, and its API.

docs/listen.md describes the API. There is no state beside the jobs, whose ids cannot be guessed.
"""

from collections.abc import Mapping, Sequence
from importlib import resources

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from assets.inference.offered_models import OfferedModel
from mir_models.errors import MirlitonError
from mir_models.similar_names import suggestion
from pipelines.servers.guard import Guard
from pipelines.servers.job_documents import ModelRow, PageDocument, downloads, job_document
from pipelines.servers.recording_jobs import Job, JobQueue
from pipelines.servers.uploads import Limits, TooLargeError, file_name, receive
from storage.media.sound_files import check_duration

HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
"""Of every response: nothing is loaded from elsewhere, and no recording stays in a browser's cache."""
PAGE = ("pipelines.servers", "pages/listen.html")
STATIC = {
    name: (package, f"{folder}/{name}")
    for package, folder, names in (
        ("pipelines.servers", "pages", ("listen.css", "listen.js", "class_chart.js", "microphone.js", "samples.js")),
        ("storage", "pages", ("style.css", "piano_roll.css", "roll_canvas.js", "piano_roll.js")),
    )
    for name in names
}
"""Files of the page by name: package, and path in it."""
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".html": "text/html"}
RETRY = 10
"""Seconds after which a refused upload may come again."""


class RecordingsApp:
    """The page, its files, and the requests that it makes.

    Parameters
    ----------
    models : mapping of str to OfferedModel
        By task, in the order in which the page offers them.
    jobs : JobQueue
    limits : Limits
    version : str
        Of mirliton, for the page.
    """

    def __init__(self, models: Mapping[str, OfferedModel], jobs: JobQueue, limits: Limits, version: str) -> None:
        self.models, self.jobs, self.limits, self.version = models, jobs, limits, version

    def guarded(self, hosts: Sequence[str] = ()) -> Starlette:
        """The application behind the guard; for `hosts` see there."""
        one = "/api/recordings/{id}"
        routes = [
            Route("/", self.page),
            Route("/static/{name}", self.static),
            Route("/api/page", self.describe),
            Route("/api/recordings", self.upload, methods=["POST"]),
            Route(one, self.status),
            Route(one, self.forget, methods=["DELETE"]),
            Route(f"{one}/shown", self.shown),
            Route(f"{one}/files/{{name}}", self.file),
        ]
        handlers = {HTTPException: refused, MirlitonError: unusable, OSError: unwritable}
        app = Starlette(routes=routes, exception_handlers=handlers)
        app.add_middleware(Guard, hosts=hosts)
        return app

    async def page(self, request: Request) -> Response:
        """The page."""
        return _packaged(*PAGE)

    async def static(self, request: Request) -> Response:
        """A file of the page."""
        name = request.path_params["name"]
        if name not in STATIC:
            raise HTTPException(404, f"Expected a file of the page. Received: {name!r}. Remedy: load the page again.")
        return _packaged(*STATIC[name])

    async def describe(self, request: Request) -> Response:
        """What the page offers, and its limits."""
        rows = [ModelRow(each.task, each.kind, each.name) for each in self.models.values()]
        return _json(PageDocument(self.version, rows, self.limits.bytes, self.limits.seconds))

    async def upload(self, request: Request) -> Response:
        """Take a recording, the body of the request, and let it wait for its model."""
        task = request.query_params.get("task", next(iter(self.models)))
        if task not in self.models:
            remedy = f"{suggestion(task, self.models)}choose one of {', '.join(self.models)}"
            raise HTTPException(404, f"Expected a task of this page. Received: {task!r}. Remedy: {remedy}.")
        job = self.jobs.open(file_name(request.query_params.get("name", "")), task)
        if job is None:
            text = f"Expected fewer than {self.jobs.most_waiting} recordings that wait. Remedy: try again in a moment."
            raise HTTPException(503, text, headers={"retry-after": str(RETRY)})
        try:
            await receive(request, job.recording, self.limits.bytes)
            await run_in_threadpool(check_duration, job.recording, self.limits.seconds)
        except (MirlitonError, OSError, ClientDisconnect) as error:
            self.jobs.forget(job.id)
            if isinstance(error, ClientDisconnect):  # Nobody reads a response.
                return Response(status_code=400)
            raise
        self.jobs.submit(job)
        return _json(job_document(job), 201)

    async def status(self, request: Request) -> Response:
        """How far a recording is."""
        return _json(job_document(self._job(request)))

    async def shown(self, request: Request) -> Response:
        """The notes found so far, or the result."""
        return _json(self._job(request).shown)

    async def forget(self, request: Request) -> Response:
        """Cancel a job and delete its files."""
        await run_in_threadpool(self.jobs.forget, self._job(request).id)
        return Response(status_code=204, headers=HEADERS)

    async def file(self, request: Request) -> Response:
        """A file of a recording: a sound in place, all else as a download."""
        found = downloads(self._job(request)).get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "Expected a file of this recording. Remedy: load the page again.")
        kind = "inline" if found.is_shown else "attachment"
        return FileResponse(found.path, filename=found.path.name, content_disposition_type=kind, headers=HEADERS)

    def _job(self, request: Request) -> Job:
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            received = "one that is unknown or was deleted"
            raise HTTPException(404, f"Expected a recording. Received: {received}. Remedy: give it once more.")
        return job


async def refused(request: Request, error: Exception) -> Response:
    """A request for something that is not there."""
    assert isinstance(error, HTTPException)
    return _json({"error": error.detail}, error.status_code, headers=error.headers)


async def unusable(request: Request, error: Exception) -> Response:
    """A recording that cannot be used: 413 where it is too large, else 422."""
    return _json({"error": str(error)}, 413 if isinstance(error, TooLargeError) else 422)


async def unwritable(request: Request, error: Exception) -> Response:
    """A recording that cannot be kept: the disk is full, or the like."""
    return _json({"error": f"The recording cannot be kept: {error}."}, 507)


def _json(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    content = msgspec.json.encode(document)
    return Response(content, status, {**HEADERS, **(headers or {})}, media_type="application/json")


def _packaged(package: str, path: str) -> Response:
    content = resources.files(package).joinpath(path).read_bytes()
    return Response(content, headers=HEADERS, media_type=MEDIA_TYPES[path[path.rindex(".") :]])
