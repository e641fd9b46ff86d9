"""The servers behind ``mirliton ui``: what they are, who may ask them, and that none outlives the command.

commands: the command of every server, with what it waits for
guard: refuses requests of foreign pages and for foreign names, and mutations by GET
guard_names: names of a server, those of loopback and those that ``--allow-host`` adds
guarded_dagster: Dagster's web server behind the guard, a process of its own
keeper: the process that starts the servers, and ends them when its standard input closes
left_behind: processes of an earlier UI whose keeper was killed as well
"""

__all__ = ["commands", "guard", "guard_names", "guarded_dagster", "keeper", "left_behind"]
