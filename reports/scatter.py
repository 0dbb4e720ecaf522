"""Accuracy against speed: one point a code, and the frontier that no other code beats both ways."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from reports.axis import Axis
from reports.standings import Standing, Value
from reports.text import uncertain
from suites.ranking import frontier

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 52


@dataclass(frozen=True)
class Point:
    """A code; places are in the picture's units, `across` and `up` its two intervals as paths."""

    name: str
    x: float
    y: float
    across: str
    up: str
    leads: bool
    says: str


@dataclass(frozen=True)
class Scatter:
    """The picture: points, the frontier's path, ticks as (place, words)."""

    points: tuple[Point, ...]
    path: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    x_label: str
    y_label: str
    device: str
    width: ClassVar[int] = WIDTH
    height: ClassVar[int] = HEIGHT
    left: ClassVar[int] = LEFT
    wall: ClassVar[int] = WIDTH - RIGHT
    top: ClassVar[int] = TOP
    floor: ClassVar[int] = HEIGHT - BOTTOM

    @property
    def leading(self) -> list[Point]:
        """Those on the frontier, from left to right."""
        return sorted((point for point in self.points if point.leads), key=lambda point: point.x)


def scatter(
    accuracy: Standing, speed: Standing, names: Mapping[str, str], shown: Collection[str]
) -> Scatter | None:
    """Every code that stands on both boards, of the members who are `shown`; None where there is none."""
    both = sorted(
        key for key in accuracy.codes.keys() & speed.codes.keys() if key[0] in names and key[0] in shown
    )
    if not both:
        return None
    ups, acrosses = [accuracy.codes[key] for key in both], [speed.codes[key] for key in both]
    x_axis, y_axis = _axis(speed, acrosses), _axis(accuracy, ups)
    leading = frontier(
        [(_worse(speed, a.value), _worse(accuracy, u.value)) for a, u in zip(acrosses, ups, strict=True)]
    )
    points = tuple(
        _point(names[member], x_axis, y_axis, across, up, k in leading)
        for k, ((member, _), across, up) in enumerate(zip(both, acrosses, ups, strict=True))
    )
    return Scatter(
        points=points,
        path=_steps([(points[k].x, points[k].y) for k in leading]),
        x_ticks=tuple((_x(x_axis, tick), f"{tick:g}") for tick in x_axis.ticks()),
        y_ticks=tuple((_y(y_axis, tick), f"{tick:g}") for tick in y_axis.ticks()),
        x_label=f"{speed.section.what}: {speed.unit}, {speed.scale.better} is better",
        y_label=f"{accuracy.section.what}: {accuracy.unit}, {accuracy.scale.better} is better",
        device=speed.section.device,
    )


def _axis(standing: Standing, values: Sequence[Value]) -> Axis:
    ends = [end for value in values for end in (value.low, value.high)]
    return Axis.over(ends, standing.scale.name == "log")


def _worse(standing: Standing, value: float) -> float:
    return value if standing.scale.better == "lower" else -value


def _point(name: str, x_axis: Axis, y_axis: Axis, across: Value, up: Value, leads: bool) -> Point:
    x, y = _x(x_axis, across.value), _y(y_axis, up.value)
    told_x, told_y = (uncertain(v.value, v.low, v.high)[0] for v in (across, up))
    says = f"{name}: accuracy {told_y}, speed {told_x}"
    return Point(name, x, y, _bar(x_axis, across, y), _rise(y_axis, up, x), leads, says)


def _x(axis: Axis, value: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * axis.place(value), 1)


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * axis.place(value), 1)


def _bar(axis: Axis, value: Value, y: float) -> str:
    return f"M{_x(axis, value.low):g} {y:g}H{_x(axis, value.high):g}"


def _rise(axis: Axis, value: Value, x: float) -> str:
    return f"M{x:g} {_y(axis, value.low):g}V{_y(axis, value.high):g}"


def _steps(places: Sequence[tuple[float, float]]) -> str:
    """From the fastest on: until the next code's speed nobody is more accurate, so it goes by steps."""
    (x, y), *others = places
    path = f"M{x:g} {y:g}"
    for x, y in others:
        path += f"H{x:g}V{y:g}"
    return path
