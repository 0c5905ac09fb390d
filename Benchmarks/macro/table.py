"""Figures, and the table they end in."""

import json
import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    """One line of the table: the runs of one piece of work, and of its peer where there is one."""

    work: str
    unit: str
    runs: list
    peer: str = ""
    peer_runs: list = field(default_factory=list)
    target: str = ""
    note: str = ""

    @property
    def median(self):
        return statistics.median(self.runs)

    @property
    def ratio(self):
        """The median of the ratios of rounds that ran side by side; of the medians where the rounds do not match."""
        if not self.peer_runs:
            return None
        if len(self.runs) == len(self.peer_runs):
            return statistics.median(ours / theirs for ours, theirs in zip(self.runs, self.peer_runs))
        return self.median / statistics.median(self.peer_runs)

    def cells(self):
        spread = f"{show(min(self.runs), self.unit)}–{show(max(self.runs), self.unit)}"
        peer = f"{self.ratio:.2f} × {self.peer}" if self.peer_runs else ""
        return [self.work, show(self.median, self.unit), spread, peer, self.target, self.note]


def show(value, unit):
    """A value with its unit, to three digits."""
    if unit == "s":
        if value < 0.1:
            return f"{value * 1000:.3g} ms"
        return f"{value:.3g} s"
    if unit == "B":
        return f"{value / 1e6:.3g} MB"
    if unit == "B/s":
        return f"{value / 1e9:.3g} GB/s"
    if unit == "1/s":
        return f"{value:,.0f}/s"
    return f"{value:.3g} {unit}"


HEADER = ["Work", "Median", "Spread", "Against", "Target", "Note"]


def markdown(rows):
    """The table, with its columns in line."""
    lines = [HEADER] + [row.cells() for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in [HEADER, rule] + lines[1:])


def dump(rows, path):
    """All runs, for whoever wants to compare two days."""
    with open(path, "w") as file:
        for row in rows:
            file.write(json.dumps({**row.__dict__, "median": row.median, "ratio": row.ratio}) + "\n")
