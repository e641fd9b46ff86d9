"""The servers of ``mirliton ui`` and ``mirliton listen``: who may ask them, and that none outlives its command.

commands: the command of every server, with what it waits for
guard: refuses requests of foreign pages and for foreign names, and mutations by GET
guard_names: names of a server, those of loopback and those that ``--allow-host`` adds
guarded_dagster: Dagster's web server behind the guard, a process of its own
keeper: the process that starts the servers, and ends them when its standard input closes
left_behind: processes of an earlier UI whose keeper was killed as well
ports: whether ports can be used
recordings_app: the page where recordings are transcribed or classified, and its API
job_documents: what that API returns
recording_jobs: recordings that wait for a model, one at a time
model_worker: the models that are applied to them
uploads: limits of what is sent
pages: HTML, styles and scripts of the page
"""

__all__ = [
    "commands",
    "guard",
    "guard_names",
    "guarded_dagster",
    "job_documents",
    "keeper",
    "left_behind",
    "model_worker",
    "ports",
    "recording_jobs",
    "recordings_app",
    "uploads",
]
