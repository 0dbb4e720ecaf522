"""What several commands share: arguments and options, as decorators, and the order of a list of commands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

WHOLE = 1000  # characters, of which no first sentence has as many
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
    """A group that lists its commands in full, as they are declared: what is used first comes first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each with its first sentence, whatever it takes: Click cuts it off at the end of the line."""
        rows = [(name, command.get_short_help_str(WHOLE)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a mistake that Click's parser found in its options is that command's."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            name = ctx.invoked_subcommand
            if error.ctx is None and name is not None:
                error.ctx = click.Context(self.commands[name], info_name=name, parent=ctx)
            raise
