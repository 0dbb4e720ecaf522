"""What several commands share: arguments and options, as decorators, and the order of a list of commands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

PATH = click.Path(path_type=Path)

assignment: Decorator = click.argument(
    "assignment", metavar="ASSIGNMENT", help="A bundled assignment, or the folder of one."
)
run: Decorator = click.argument("run", type=PATH, metavar="RUN", help="Folder of a run.")
sandbox: Decorator = click.option(
    "--sandbox",
    default="auto",
    metavar="LEVEL",
    help="auto, docker, namespace, docker_shared, landlock, seccomp or process, strongest first.",
)
trust: Decorator = click.option(
    "--i-trust-these-submissions", "trust", is_flag=True, help="Needed for sandboxes weaker than landlock."
)
image: Decorator = click.option(
    "--image", metavar="BASE", help="What containers are built upon; else ASSAY_BASE_IMAGE."
)
gpus: Decorator = click.option(
    "--gpus", type=int, default=0, metavar="N", help="GPUs for containers, one a submission at a time."
)
as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="For programs.")


def out(**settings: Any) -> Decorator:
    """Where a run goes: required, or with a default."""
    told = "Folder of the run; a run that was cut off resumes."
    return click.option("--out", type=PATH, metavar="RUN", help=told, **settings)


class InOrder(click.Group):
    """A group that lists its commands as they are declared: what is used first comes first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)
