"""Geometry of the server-rendered charts: values in, dataclasses out. templatetags/charts.py draws them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

LEVEL_WORDS = {1: "Low", 2: "Medium", 3: "High", 4: "Critical"}
LEVEL_RANKS = {word.lower(): rank for rank, word in LEVEL_WORDS.items()}


def level_rank(level: int | str | None) -> int:
    """1 low to 4 critical, 0 for what is not scored; takes the rank or the name of a level."""
    if isinstance(level, str):
        return LEVEL_RANKS.get(level, 0)
    return level if level in LEVEL_WORDS else 0


def level_word(level: int | str | None) -> str:
    return LEVEL_WORDS.get(level_rank(level), "Not scored")


@dataclass(frozen=True)
class Milestone:
    """One point on a timeline; state is "done", "next", "later" or "late"."""

    name: str
    date: str
    state: str = "later"


@dataclass(frozen=True)
class TraceNode:
    """A record in the trace graph; tone is "ok", "bad" or "gap" (nothing there yet)."""

    key: str
    label: str
    url: str = ""
    tone: str = "ok"


@dataclass(frozen=True)
class TraceColumn:
    heading: str
    nodes: Sequence[TraceNode]


@dataclass(frozen=True)
class MatrixCell:
    likelihood: int
    impact: int
    level: int
    count: int = 0
    url: str = ""
    current: bool = False

    @property
    def word(self) -> str:
        return level_word(self.level)

    @property
    def value(self) -> str:
        return f"{self.likelihood}-{self.impact}"


@dataclass(frozen=True)
class MatrixRow:
    label: str
    cells: Sequence[MatrixCell]


@dataclass(frozen=True)
class Matrix:
    """Likelihood downwards from the highest, impact to the right from the lowest."""

    impacts: Sequence[str]
    rows: Sequence[MatrixRow]


def matrix(
    *,
    likelihoods: Sequence[str],
    impacts: Sequence[str],
    level_of: Callable[[int, int], int],
    counts: Mapping[tuple[int, int], int] | None = None,
    url_of: Callable[[int, int], str] | None = None,
    current: tuple[int, int] | None = None,
) -> Matrix:
    """Labels are given from the lowest value up; likelihood and impact count from 1."""

    def cell(likelihood: int, impact: int) -> MatrixCell:
        count = (counts or {}).get((likelihood, impact), 0)
        return MatrixCell(
            likelihood=likelihood,
            impact=impact,
            level=level_of(likelihood, impact),
            count=count,
            url=url_of(likelihood, impact) if url_of and count else "",
            current=(likelihood, impact) == current,
        )

    rows = [
        MatrixRow(label=label, cells=[cell(likelihood, impact) for impact in range(1, len(impacts) + 1)])
        for likelihood, label in reversed(list(enumerate(likelihoods, start=1)))
    ]
    return Matrix(impacts=list(impacts), rows=rows)


@dataclass(frozen=True)
class PlacedMilestone:
    milestone: Milestone
    x: float


@dataclass(frozen=True)
class Timeline:
    placed: Sequence[PlacedMilestone]
    progress_x: float


def place_timeline(milestones: Sequence[Milestone], *, width: int, margin: int) -> Timeline:
    """Milestones at equal distances; the bold line ends shortly before the first one that is not done."""
    steps = max(len(milestones) - 1, 1)
    step = (width - 2 * margin) / steps
    placed = [PlacedMilestone(milestone, margin + step * i) for i, milestone in enumerate(milestones)]
    done = sum(1 for milestone in milestones if milestone.state == "done")
    if done == 0:
        progress_x = float(margin)
    elif done == len(milestones):
        progress_x = placed[-1].x
    else:
        progress_x = placed[done - 1].x + step * 0.8
    return Timeline(placed=placed, progress_x=progress_x)


def sparkline_points(values: Sequence[float], *, width: int, height: int) -> list[tuple[float, float]]:
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = (width - 6) / max(len(values) - 1, 1)
    return [
        (round(3 + step * i, 1), round(height - 4 - (height - 8) * (value - low) / span, 1))
        for i, value in enumerate(values)
    ]


@dataclass(frozen=True)
class StackPart:
    css_class: str
    x: float
    width: float


def stack_parts(shares: Iterable[tuple[str, float]]) -> list[StackPart]:
    """Parts of a bar 100 wide; shares are (class, amount) and need not sum to 100."""
    given = [(css_class, amount) for css_class, amount in shares if amount > 0]
    total = sum(amount for _, amount in given) or 1
    parts: list[StackPart] = []
    x = 0.0
    for css_class, amount in given:
        width = 100 * amount / total
        parts.append(StackPart(css_class, round(x, 2), round(width, 2)))
        x += width
    return parts


@dataclass(frozen=True)
class PlacedNode:
    node: TraceNode
    x: float
    y: float


@dataclass(frozen=True)
class TraceEdge:
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Trace:
    width: int
    height: int
    headings: Sequence[tuple[str, float]]
    nodes: Sequence[PlacedNode]
    edges: Sequence[TraceEdge]


NODE_WIDTH = 168
NODE_HEIGHT = 44
NODE_GAP = 12
COLUMN_GAP = 36
HEADING_HEIGHT = 28


def place_trace(columns: Sequence[TraceColumn], edges: Iterable[tuple[str, str]]) -> Trace:
    """Columns side by side, each centred on the tallest; an edge to a node that is not shown is left out."""
    tallest = max((len(column.nodes) for column in columns), default=0)
    row = NODE_HEIGHT + NODE_GAP
    placed: dict[str, PlacedNode] = {}
    headings: list[tuple[str, float]] = []
    for position, column in enumerate(columns):
        x = position * (NODE_WIDTH + COLUMN_GAP)
        headings.append((column.heading, x))
        top = HEADING_HEIGHT + (tallest - len(column.nodes)) * row / 2
        for i, node in enumerate(column.nodes):
            placed[node.key] = PlacedNode(node, x, top + i * row)
    return Trace(
        width=max(len(columns) * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP, 0),
        height=HEADING_HEIGHT + tallest * row,
        headings=headings,
        nodes=list(placed.values()),
        edges=[
            _edge(placed[start], placed[end]) for start, end in edges if start in placed and end in placed
        ],
    )


def _edge(start: PlacedNode, end: PlacedNode) -> TraceEdge:
    half = NODE_HEIGHT / 2
    return TraceEdge(start.x + NODE_WIDTH, start.y + half, end.x, end.y + half)
